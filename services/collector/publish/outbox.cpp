#include "collector/publish/outbox.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::collector {
namespace {

const telemetry::Logger kLog{"collector.outbox"};
// What a message takes in a stream beyond subject and payload, and a little more; and a subject.
constexpr uint64_t kOverhead = 64;
constexpr uint64_t kLongSubject = 128;

Status FullStream() {
    return absl::ResourceExhaustedError("the stream is full");
}

}  // namespace

Outbox::Outbox(bus::Connection& connection, Spool& spool, Config config, Callbacks callbacks)
    : spool_(spool),
      config_(std::move(config)),
      callbacks_(std::move(callbacks)),
      connection_(connection),
      publisher_(
          connection,
          config_.publisher,
          [this](uint64_t tag, const Result<bus::PublishAck>& result) { OnResult(tag, result); }
      ),
      unpublishable_(config_.unpublishable),
      cursor_(spool.ReadAfter(spool.trimmed())),
      backoff_(config_.retry),
      state_listener_(connection.OnStateChange([this](const bus::ConnectionState&) {
          changed_.NotifyAll();
      })) {}

Status Outbox::Put(RecordKind kind, std::string_view subject, std::string_view payload) {
    const auto sequence = spool_.Append(kind, subject, payload);
    if (!sequence.ok()) {
        ++stats_.refused;
        return sequence.status();
    }
    if (!caught_up_ || failed_) return OkStatus();
    // The usual case: straight from memory, the file is never read.
    if (Offer({*sequence, kind, subject, payload})) {
        cursor_.MoveToEnd();
    } else {
        caught_up_ = false;
    }
    Advance();
    return OkStatus();
}

// Sends the record or, where it is a claim, keeps it for later. False: not now.
bool Outbox::Offer(const SpoolRecord& record) {
    if (record.kind == RecordKind::kData) return Send(record);
    Entry& entry = entries_.emplace_back();
    entry.sequence = record.sequence;
    entry.kind = record.kind;
    entry.state = State::kHeld;
    entry.subject = record.subject;
    entry.payload = record.payload;
    ReleaseClaims();
    return true;
}

bool Outbox::Send(const SpoolRecord& record) {
    const Status status = Publish(record.subject, record.payload, record.sequence);
    if (status.ok()) {
        entries_.push_back({record.sequence, record.kind, State::kSent, {}, {}});
        return true;
    }
    if (absl::IsInvalidArgument(status)) {
        Poison(record, status);
        return true;
    }
    if (absl::IsUnavailable(status)) Fail(status);
    return false;
}

// ResourceExhausted: not now, the window or the stream is full. Unavailable: no connection.
Status Outbox::Publish(std::string_view subject, std::string_view payload, uint64_t sequence) {
    if (full_) return FullStream();
    const uint64_t size = subject.size() + payload.size() + kOverhead;
    if (sent_bytes_ + size > sent_limit_.value_or(0)) {
        kLog.Warn("publishing stopped", {{"reason", FullStream()}});
        full_ = true;
        ++stats_.failures;
        return FullStream();
    }
    const Status status = publisher_.Publish(subject, payload, sequence);
    if (status.ok()) sent_bytes_ += size;
    return status;
}

Status Outbox::trouble() const {
    return full_ ? FullStream() : trouble_;
}

uint64_t Outbox::SentAndDone() const {
    const uint64_t in_flight =
        publisher_.in_flight_bytes() + publisher_.in_flight() * (kOverhead + kLongSubject);
    return sent_bytes_ - std::min(sent_bytes_, in_flight);
}

void Outbox::SetRoom(uint64_t bytes, uint64_t done) {
    sent_limit_ = done + bytes;
    if (bytes == 0) return;
    full_ = false;
    changed_.NotifyAll();
}

void Outbox::OnResult(uint64_t sequence, const Result<bus::PublishAck>& result) {
    if (result.ok()) {
        if (Entry* entry = Find(sequence)) {
            entry->state = State::kDone;
            ++stats_.published;
        }
        if (sequence == suspect_) suspect_ = 0;
        trouble_ = OkStatus();
        backoff_.Reset();
    } else {
        ++stats_.failures;
        const bool hopeless = absl::IsInvalidArgument(result.status()) ||
                              (absl::IsInternal(result.status()) && sequence == suspect_ &&
                               ++refusals_ >= config_.poison_after);
        if (!hopeless || !PoisonBySequence(sequence, result.status())) {
            if (sequence != suspect_) refusals_ = 0;
            suspect_ = sequence;
            Fail(result.status());
        }
    }
    Advance();
    if (failed_) {
        changed_.NotifyAll();
        return;
    }
    ReleaseClaims();
    Pump();
    if (callbacks_.on_room) callbacks_.on_room();
    if (empty()) changed_.NotifyAll();
}

// Offers what stands in the spool for as long as the window takes it.
void Outbox::Pump() {
    while (sent_limit_ && !full_ && !failed_ && !caught_up_) {
        const auto record = cursor_.Next();
        if (!record.ok()) return Fail(record.status());
        if (!*record) {
            caught_up_ = true;
        } else if (!Offer(**record)) {
            cursor_.Undo();
            break;
        }
    }
    Advance();
}

// Forgets what is done from the front on.
void Outbox::Advance() {
    uint64_t done = 0;
    while (!entries_.empty() && entries_.front().state == State::kDone) {
        done = entries_.front().sequence;
        entries_.pop_front();
    }
    if (done > 0) spool_.Trim(done);
}

void Outbox::ReleaseClaims() {
    for (Entry& entry : entries_) {
        if (entry.kind == RecordKind::kData && entry.state != State::kDone) return;
        if (entry.state != State::kHeld) continue;
        if (auto cut = unpublishable_.Cut(entry.payload)) entry.payload = *std::move(cut);
        if (entry.payload.empty()) {
            entry.state = State::kDone;
            continue;
        }
        const Status status = Publish(entry.subject, entry.payload, entry.sequence);
        if (status.ok()) {
            entry.state = State::kSent;
        } else if (absl::IsInvalidArgument(status)) {
            Poison({entry.sequence, entry.kind, entry.subject, entry.payload}, status);
        } else {
            if (absl::IsUnavailable(status)) Fail(status);
            return;
        }
    }
}

Outbox::Entry* Outbox::Find(uint64_t sequence) {
    const auto at = std::lower_bound(
        entries_.begin(),
        entries_.end(),
        sequence,
        [](const Entry& entry, uint64_t wanted) { return entry.sequence < wanted; }
    );
    return at != entries_.end() && at->sequence == sequence ? &*at : nullptr;
}

void Outbox::Fail(const Status& why) {
    if (trouble_.ok()) kLog.Warn("publishing stopped", {{"reason", why}});
    trouble_ = why;
    failed_ = true;
    changed_.NotifyAll();
}

// Reads the record back, since only its number is at hand.
bool Outbox::PoisonBySequence(uint64_t sequence, const Status& why) {
    Spool::Cursor cursor = spool_.ReadAfter(sequence - 1);
    const auto record = cursor.Next();
    if (!record.ok() || !*record || (*record)->sequence != sequence) return false;
    Poison(**record, why);
    return true;
}

void Outbox::Poison(const SpoolRecord& record, const Status& why) {
    ++stats_.poisoned;
    kLog.Error(
        "a batch can never be published and was put aside",
        {{"reason", why},
         {"subject", record.subject},
         {"bytes", record.payload.size()},
         {"directory", config_.unpublishable.directory.string()}}
    );
    if (Entry* entry = Find(record.sequence)) {
        entry->state = State::kDone;
    } else {
        entries_.push_back({record.sequence, record.kind, State::kDone, {}, {}});
    }
    suspect_ = 0;
    refusals_ = 0;
    // Of a claim that is lost nothing has to be said: what nobody claims is a gap.
    if (record.kind != RecordKind::kData) return;
    const std::vector<LostEvents> lost = unpublishable_.Keep(record);
    if (callbacks_.on_poisoned) callbacks_.on_poisoned(lost);
}

Task<Status> Outbox::Run() {
    for (;;) {
        if (connection_.state().connected) {
            ReleaseClaims();
            Pump();
            if (!failed_) co_await changed_.Wait();
        } else {
            co_await changed_.Wait();
        }
        if (failed_) co_await Recover();
    }
}

// Waits until nothing of the failed attempt is in flight, then offers everything again in order.
Task<> Outbox::Recover() {
    const Status flushed =
        co_await publisher_.Flush(Deadline::After(2 * config_.publisher.ack_timeout));
    if (!flushed.ok()) kLog.Warn("publishes without an end", {{"reason", flushed}});
    co_await runtime::Sleep(backoff_.Next());
    while (!connection_.state().connected) co_await changed_.Wait();
    if (absl::IsNotFound(trouble_) && config_.make_stream) {
        const Status made = co_await config_.make_stream();
        if (!made.ok()) kLog.Warn("no stream to publish to", {{"reason", made}});
    }
    Advance();
    entries_.clear();
    cursor_ = spool_.ReadAfter(spool_.trimmed());
    caught_up_ = false;
    failed_ = false;
    ++stats_.resends;
}

Task<Status> Outbox::Drain(Deadline deadline) {
    while (!empty()) {
        const bool notified = co_await changed_.Wait(deadline);
        if (!notified && !empty()) {
            co_return absl::DeadlineExceededError(fmt::format(
                "{} records were not acknowledged; they stay in the spool",
                spool_.last() - spool_.trimmed()
            ));
        }
    }
    co_return OkStatus();
}

}  // namespace mp::collector
