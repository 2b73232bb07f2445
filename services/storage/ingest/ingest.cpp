#include "storage/ingest/ingest.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/big_endian.hpp"
#include "model/ahead.hpp"
#include "storage/ingest/stream_check.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

const telemetry::Logger kLog{"storage.ingest"};
constexpr std::string_view kClaimsNote = "claims/";
constexpr std::string_view kNewestNote = "newest";

std::string NoteOf(uint64_t sequence) {
    char digits[24];
    std::snprintf(digits, sizeof(digits), "%020llu", static_cast<unsigned long long>(sequence));
    return std::string(kClaimsNote) + digits;
}

std::optional<uint64_t> SequenceOf(std::string_view note) {
    if (!note.starts_with(kClaimsNote)) return std::nullopt;
    note.remove_prefix(kClaimsNote.size());
    uint64_t sequence = 0;
    const auto [end, error] = std::from_chars(note.data(), note.data() + note.size(), sequence);
    if (error != std::errc() || end != note.data() + note.size()) return std::nullopt;
    return sequence;
}

std::optional<NewestMessage> NewestOf(const Note& note) {
    if (note.key != kNewestNote || note.value.size() != 16) return std::nullopt;
    const std::string_view value = note.value;
    return NewestMessage{ReadBigEndian64(value.substr(0, 8)), ReadSortable(value.substr(8))};
}

}  // namespace

Result<std::optional<NewestMessage>> LoadNewest(const Engine& engine) {
    const auto notes = engine.Notes();
    if (!notes.ok()) return notes.status();
    for (const Note& note : *notes) {
        if (const auto newest = NewestOf(note)) return newest;
    }
    return std::optional<NewestMessage>();
}

Ingest::Ingest(
    Engine& engine,
    const StorageMetrics& metrics,
    DeadLetterSink dead_letters,
    const Clock& clock,
    std::optional<StreamShare> share
)
    : engine_(engine),
      metrics_(metrics),
      dead_letters_(std::move(dead_letters)),
      clock_(clock),
      share_(share),
      account_(engine, metrics) {}

Status Ingest::Begin(StreamPosition position) {
    const auto before = engine_.Position();
    if (!before.ok()) return before.status();
    auto notes = engine_.Notes();
    if (!notes.ok()) return notes.status();
    const bool same_stream = before->has_value() && (*before)->incarnation == position.incarnation;
    const uint64_t highest = PositionTracker(position).highest();
    for (const auto& [sequence, payload] : deferred_) account_.Forget(payload);
    deferred_.clear();
    newest_ = {};
    batch_.Clear();
    for (Note& note : *notes) {
        if (const auto newest = NewestOf(note)) {
            if (same_stream && newest->sequence <= highest) {
                newest_ = *newest;
            } else {
                batch_.AddNote(note.key, "");
            }
            continue;
        }
        const std::optional<uint64_t> sequence = SequenceOf(note.key);
        if (!sequence) continue;
        if (same_stream) {
            account_.WaitedBefore(note.value);
            deferred_.emplace(*sequence, std::move(note.value));
        } else {
            batch_.AddNote(note.key, "");  // what it waits for will never come
        }
    }
    batch_.SetPosition(position);
    account_.Settle();
    MP_RETURN_IF_ERROR(engine_.Append(batch_).status());
    position_ = PositionTracker(std::move(position));
    ShowPosition();
    return OkStatus();
}

Status Ingest::Handle(std::span<const IngestMessage> messages, std::span<const uint64_t> gone) {
    for (const IngestMessage& message : messages) {
        account_.Arrived(message.subject, message.payload);
    }
    const Status handled = CommitAll(messages, gone);
    if (handled.ok()) {
        account_.Settle();
    } else {
        account_.Abandon();
    }
    return handled;
}

Status Ingest::CommitAll(std::span<const IngestMessage> messages, std::span<const uint64_t> gone) {
    const Status committed = Commit(messages, gone, ReadyClaims::kTake);
    if (!absl::IsDataLoss(committed)) return committed;
    kLog.Warn("the store is damaged, committing message by message", {{"reason", committed}});
    return CommitOneByOne(messages, gone);
}

Status Ingest::CommitOneByOne(
    std::span<const IngestMessage> messages, std::span<const uint64_t> settled
) {
    MP_RETURN_IF_ERROR(Commit({}, settled, ReadyClaims::kLeave));
    for (const IngestMessage& message : messages) {
        Status committed = Commit({&message, 1}, {}, ReadyClaims::kLeave);
        if (absl::IsDataLoss(committed)) {
            SetAside(message, committed);
            committed = Commit({}, {&message.sequence, 1}, ReadyClaims::kLeave);
        }
        MP_RETURN_IF_ERROR(committed);
    }
    const Status claimed = Commit({}, {}, ReadyClaims::kTake);
    return absl::IsDataLoss(claimed) ? Commit({}, {}, ReadyClaims::kDrop) : claimed;
}

// `settled`: sequences that nothing waits for any more.
Status Ingest::Commit(
    std::span<const IngestMessage> messages, std::span<const uint64_t> settled, ReadyClaims claims
) {
    batch_.Clear();
    refused_.clear();
    message_of_.clear();
    deferred_done_.clear();
    account_.CommitBegins();
    next_ = position_;
    for (const uint64_t sequence : settled) Mark(sequence);
    for (uint32_t i = 0; i < messages.size(); ++i) {
        Mark(messages[i].sequence);
        TakeApart(messages[i]);
        message_of_.resize(batch_.entries().size(), i);
    }
    NoteNewest(messages);
    if (claims != ReadyClaims::kLeave) AddReadyClaims(claims);
    batch_.SetPosition(next_.position());

    const Nanos begin = clock_.Steady();
    const Result<AppendOutcome> outcome = engine_.Append(batch_);
    if (!outcome.ok()) {
        metrics_.CommitFailed();
        return outcome.status();
    }
    metrics_.Committed(
        batch_.entries().size(), batch_.event_bytes(), Duration(clock_.Steady() - begin)
    );
    Count(*outcome, messages);
    SendRefused();
    account_.CommitSucceeded();
    for (const Note& note : batch_.notes()) {
        if (note.value.empty()) continue;
        if (const auto sequence = SequenceOf(note.key)) Defer(*sequence, note.value);
    }
    for (const uint64_t sequence : deferred_done_) {
        const auto done = deferred_.find(sequence);
        account_.WaitsNoLonger(done->second);
        deferred_.erase(done);
    }
    metrics_.DeferredClaims(deferred_.size());
    position_ = next_;
    ShowPosition();
    return OkStatus();
}

void Ingest::Mark(uint64_t sequence) {
    if (share_) {
        next_.RaiseFloor(sequence);
    } else {
        next_.Add(sequence);
    }
}

void Ingest::Defer(uint64_t sequence, const std::string& payload) {
    account_.Waits(payload, deferred_.contains(sequence));
    deferred_[sequence] = payload;
}

void Ingest::NoteNewest(std::span<const IngestMessage> messages) {
    for (const IngestMessage& message : messages) {
        if (message.sequence <= newest_.sequence) continue;
        newest_ = {message.sequence, message.stored};
    }
    if (messages.empty() || newest_.sequence != next_.highest()) return;
    std::string value;
    AppendBigEndian(newest_.sequence, value);
    AppendSortable(newest_.stored, value);
    batch_.AddNote(std::string(kNewestNote), std::move(value));
}

void Ingest::ShowPosition() {
    floor_.store(position_.floor(), std::memory_order_relaxed);
    highest_.store(position_.highest(), std::memory_order_relaxed);
    holes_.store(position_.holes(), std::memory_order_relaxed);
    if (!share_) metrics_.Floor(position_.floor());
}

void Ingest::TakeApart(const IngestMessage& message) {
    if (const Status opened = reader_.Open(message.payload); !opened.ok()) {
        account_.Refused(message.subject);
        Refuse(message, message.payload, opened);
        return;
    }
    if (next_.floor() < message.sequence && HasClaims(message)) {
        batch_.AddNote(NoteOf(message.sequence), std::string(message.payload));
        return;
    }
    series_.assign(reader_.instruments().size() * (model::kDataTypes + 1), 0);
    for (const wire::BatchEntry& entry : reader_.entries()) AddEntry(message, entry);
}

// Claims travel on subjects of their own, so a look at the subject tells.
bool Ingest::HasClaims(const IngestMessage& message) const {
    const auto parts = model::ParseSubject(message.subject);
    return parts && parts->data_type == model::DataType::kCoverage;
}

void Ingest::AddEntry(const IngestMessage& message, const wire::BatchEntry& entry) {
    model::Event event;
    const model::Instrument& instrument = reader_.instruments()[entry.instrument];
    if (share_ && model::Shard(instrument, share_->shards) != share_->shard) {
        account_.Refused(instrument, entry.event);
        Refuse(message, entry.event, absl::InvalidArgumentError("not of this shard's instruments"));
        return;
    }
    if (const Status decoded = decoder_.Decode(entry.event, event); !decoded.ok()) {
        account_.Refused(instrument, entry.event);
        Refuse(message, entry.event, decoded);
        return;
    }
    if (IsTooEarly(event)) {
        const std::string time = FormatTime(model::NewestTime(event));
        account_.Refused(instrument, entry.event);
        Refuse(message, entry.event, absl::InvalidArgumentError("ahead of time: " + time));
        return;
    }
    const auto slot_of = [&](model::DataType type) -> SeriesId& {
        return series_[entry.instrument * (model::kDataTypes + 1) + static_cast<size_t>(type)];
    };
    const model::DataType type = model::TypeOf(event);
    const SeriesId series = SeriesOf(instrument, type, slot_of(type));
    const auto* claim = std::get_if<model::Coverage>(&event.body);
    if (claim == nullptr) {
        batch_.Add(series, event, entry.event);
        return;
    }
    if (claim->data_type == model::DataType::kUnspecified) {
        account_.Refused(instrument, entry.event);
        Refuse(message, entry.event, absl::InvalidArgumentError("a claim about no data type"));
        return;
    }
    const SeriesId subject = SeriesOf(instrument, claim->data_type, slot_of(claim->data_type));
    batch_.AddClaim(series, subject, event.received_ts, *claim);
}

// By the clock of whoever received it and by ours: either may be wrong.
bool Ingest::IsTooEarly(const model::Event& event) const {
    const Nanos newest = model::NewestTime(event);
    return model::IsAhead(newest, event.received_ts) && model::IsAhead(newest, clock_.Now());
}

// Claims whose time has come: everything in front of them is committed now or in this very batch.
void Ingest::AddReadyClaims(ReadyClaims claims) {
    for (const auto& [sequence, payload] : deferred_) {
        if (sequence > next_.floor()) break;
        if (claims == ReadyClaims::kDrop) {
            SetAside({sequence, "", payload}, absl::DataLossError("claims of a damaged series"));
        } else if (reader_.Open(payload).ok()) {
            series_.assign(reader_.instruments().size() * (model::kDataTypes + 1), 0);
            const IngestMessage message{sequence, "", payload};
            for (const wire::BatchEntry& entry : reader_.entries()) AddEntry(message, entry);
        }
        batch_.AddNote(NoteOf(sequence), "");
        deferred_done_.push_back(sequence);
    }
}

void Ingest::SetAside(const IngestMessage& message, const Status& why) {
    metrics_.SetAside();
    account_.SetAside(message.payload);
    dead_letters_("store damaged: " + std::string(why.message()), message.payload, message.subject);
}

void Ingest::Refuse(const IngestMessage& message, std::string_view bytes, const Status& why) {
    refused_.push_back({"undecodable: " + std::string(why.message()), bytes, message.subject});
}

// Once it is committed: a commit that fails is tried again with the same messages.
void Ingest::SendRefused() {
    for (Refused& refused : refused_) {
        const auto parts = model::ParseSubject(refused.subject);
        metrics_.Undecodable(
            parts ? parts->exchange : "unknown",
            parts ? model::ToString(parts->data_type) : "unknown"
        );
        dead_letters_(std::move(refused.reason), refused.bytes, refused.subject);
    }
}

SeriesId Ingest::SeriesOf(
    const model::Instrument& instrument, model::DataType type, SeriesId& cached
) {
    if (cached != 0) return cached;
    cached = engine_.Intern({instrument, type});
    if (cached >= counters_.size()) {
        counters_.resize(cached + 64);
        counters_known_.resize(cached + 64, false);
    }
    if (!counters_known_[cached]) {
        counters_[cached] = metrics_.Events(instrument.exchange, type);
        counters_known_[cached] = true;
    }
    return cached;
}

void Ingest::Count(const AppendOutcome& outcome, std::span<const IngestMessage> messages) {
    const Nanos now = clock_.Now();
    for (size_t i = 0; i < outcome.events.size(); ++i) {
        const AppendBatch::Entry& entry = batch_.entries()[i];
        const EventCounters& counters = counters_[entry.series];
        switch (outcome.events[i]) {
            case Verdict::kStored:
                counters.stored.Add();
                counters.socket_to_store.Observe(Duration(now - entry.received_ts));
                break;
            case Verdict::kDuplicate:
                counters.duplicate.Add();
                break;
            case Verdict::kConflict:
                counters.conflict.Add();
                dead_letters_(
                    "conflict: an event with this identity and other content is stored",
                    entry.event,
                    message_of_[i] < messages.size() ? messages[message_of_[i]].subject : ""
                );
                break;
        }
    }
    for (size_t i = 0; i < outcome.claims.size(); ++i) {
        const EventCounters& counters = counters_[batch_.claims()[i].series];
        (outcome.claims[i] == Verdict::kStored ? counters.stored : counters.duplicate).Add();
    }
}

}  // namespace mp::storage
