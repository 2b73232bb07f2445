#include "storage/ingest/consumption.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bus/consumer.hpp"
#include "bus/topology.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "storage/ingest/position_tracker.hpp"
#include "storage/ingest/stream_check.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"storage.stream"};
constexpr Duration kCallTimeout = 5s;
constexpr Duration kRetry = 500ms;
constexpr Duration kLookEvery = 1s;
constexpr size_t kFetchedAtOnce = 256;

Deadline CallDeadline() {
    return Deadline::After(kCallTimeout);
}

}  // namespace

Consumption::Consumption(
    bus::Connection& connection,
    Engine& engine,
    Ingest& ingest,
    runtime::BlockingPool& pool,
    const StorageMetrics& metrics,
    StreamSettings settings
)
    : connection_(connection),
      engine_(engine),
      ingest_(ingest),
      pool_(pool),
      metrics_(metrics),
      settings_(std::move(settings)),
      opening_(connection_, engine_, pool_, metrics_, settings_),
      purge_(connection_, metrics_, settings_.window) {}

Task<Status> Consumption::Run() {
    telemetry::LogThrottle throttle;
    for (;;) {
        state_ = co_await Prepare();
        if (state_.ok()) {
            kLog.Info("consuming", {{"from", ingest_.floor() + 1}});
            state_ = co_await runtime::FirstOf(Pull(), Watch());
            if (state_.ok()) continue;  // another stream by now
        }
        if (const auto more = throttle.Allow()) {
            kLog.Warn("not consuming", {{"reason", state_}, {"more", *more}});
        }
        co_await runtime::Sleep(kRetry);
    }
}

// Where consumption goes on, and what has been lost.
Task<Status> Consumption::Prepare() {
    const uint64_t epoch = connection_.epoch();
    const Result<bus::StreamInfo> stream = co_await opening_.Open();
    if (!stream.ok()) co_return stream.status();
    const auto consumer = co_await bus::GetConsumerInfo(
        connection_, bus::kMarketDataStream, settings_.durable, CallDeadline()
    );
    if (!consumer.ok() && !absl::IsNotFound(consumer.status())) co_return consumer.status();
    std::optional<uint64_t> ack_floor;
    if (consumer.ok()) ack_floor = consumer->ack_floor;
    Result<StreamVerdict> judged = co_await opening_.Judge(*stream, ack_floor);
    if (!judged.ok()) co_return judged.status();
    StreamVerdict& verdict = *judged;
    // Whoever the rest was delivered to is gone: only one process has the store.
    std::vector<uint64_t> skipped;
    if (consumer.ok() && verdict.loss.empty() && consumer->delivered <= stream->last_sequence) {
        const uint64_t last = std::max(consumer->ack_floor, consumer->delivered);
        skipped = PositionTracker(verdict.position).Missing(last, settings_.most_fetched + 1);
        if (skipped.size() > settings_.most_fetched) {
            skipped.clear();
        } else {
            verdict.forget_consumer = false;
        }
    }
    if (verdict.forget_consumer) {
        kLog.Warn(
            "the broker counts more as stored than the store has: reading the stream again",
            {{"acknowledged", *ack_floor}, {"committed", verdict.position.floor}}
        );
        MP_CO_RETURN_IF_ERROR(co_await bus::DeleteConsumer(
            connection_, bus::kMarketDataStream, settings_.durable, CallDeadline()
        ));
    }
    MP_CO_RETURN_IF_ERROR(co_await pool_.Run([this, &verdict] {
        return ingest_.Begin(verdict.position);
    }));
    if (!skipped.empty()) MP_CO_RETURN_IF_ERROR(co_await Fetch(std::move(skipped)));
    opening_.Begun(*stream, epoch);
    purge_.Reset();
    stuck_until_ = Deadline::After(2 * settings_.ack_wait);
    co_return OkStatus();
}

// What was delivered to somebody who did not commit it.
Task<Status> Consumption::Fetch(std::vector<uint64_t> sequences) {
    kLog.Info(
        "fetching messages that were delivered and not committed",
        {{"messages", sequences.size()}, {"first", sequences.front()}, {"last", sequences.back()}}
    );
    std::vector<uint64_t> gone;
    for (size_t begin = 0; begin < sequences.size(); begin += kFetchedAtOnce) {
        const size_t end = std::min(begin + kFetchedAtOnce, sequences.size());
        std::vector<bus::StoredMessage> bodies;
        std::vector<IngestMessage> messages;
        bodies.reserve(end - begin);
        for (size_t i = begin; i < end; ++i) {
            auto body = co_await bus::GetStoredMessage(
                connection_, bus::kMarketDataStream, sequences[i], CallDeadline()
            );
            if (absl::IsNotFound(body.status())) {
                gone.push_back(sequences[i]);
                continue;
            }
            if (!body.ok()) co_return body.status();
            bodies.push_back(*std::move(body));
            const bus::StoredMessage& stored = bodies.back();
            messages.push_back({sequences[i], stored.subject, stored.payload, stored.stored});
        }
        MP_CO_RETURN_IF_ERROR(co_await pool_.Run([this, &messages] {
            return ingest_.Handle(messages);
        }));
    }
    if (gone.empty()) co_return OkStatus();
    kLog.Warn("messages are gone", {{"reason", kStreamTruncated}, {"messages", gone.size()}});
    metrics_.Loss(kStreamTruncated);
    co_return co_await pool_.Run([this, &gone]() -> Status {
        MP_RETURN_IF_ERROR(engine_.DeclareLoss(kStreamTruncated));
        return ingest_.Handle({}, gone);
    });
}

// Ends with OK when the stream is another one by now.
Task<Status> Consumption::Pull() {
    bus::ConsumerConfig consumer;
    consumer.stream = bus::kMarketDataStream;
    consumer.durable = settings_.durable;
    consumer.ack_wait = settings_.ack_wait;
    consumer.max_ack_pending = settings_.max_ack_pending;
    const auto made = co_await bus::EnsureConsumer(connection_, consumer, CallDeadline());
    if (!made.ok()) co_return made.status();
    // A consumer goes with its stream: what it delivers is of the stream found here.
    const auto stream =
        co_await bus::GetStreamInfo(connection_, bus::kMarketDataStream, CallDeadline());
    if (!stream.ok()) co_return stream.status();
    if (stream->created != opening_.incarnation()) co_return OkStatus();
    bus::PullerConfig config;
    config.stream = consumer.stream;
    config.durable = consumer.durable;
    config.epoch = opening_.epoch();
    config.max_batch = settings_.max_batch_messages;
    config.max_batch_bytes = settings_.max_batch_bytes;
    config.max_delay = settings_.max_batch_delay;
    telemetry::LogThrottle throttle;
    bus::StreamPuller puller(
        connection_,
        config,
        [this](std::span<bus::StreamMessage> messages) { return Handle(messages); },
        [&throttle](const Status& error) {
            if (const auto more = throttle.Allow()) {
                kLog.Warn("batch not stored", {{"reason", error}, {"more", *more}});
            }
        }
    );
    co_return co_await puller.Run();
}

Status Consumption::Handle(std::span<bus::StreamMessage> messages) {
    messages_.clear();
    for (const bus::StreamMessage& message : messages) {
        messages_.push_back(
            {message.stream_sequence, message.subject(), message.payload(), message.stored}
        );
    }
    return ingest_.Handle(messages_);
}

// Ends with OK when the stream is not the one that consumption began on.
Task<Status> Consumption::Watch() {
    while (true) {
        const Result<bool> same = co_await Look();
        if (same.ok() && !*same) co_return OkStatus();
        co_await runtime::Sleep(kLookEvery);
    }
}

Task<Result<bool>> Consumption::Look() {
    const auto stream = co_await opening_.Look(ingest_.floor());
    if (!stream.ok()) co_return stream.status();
    if (!*stream) co_return false;
    const auto consumer = co_await bus::GetConsumerInfo(
        connection_, bus::kMarketDataStream, settings_.durable, CallDeadline()
    );
    if (consumer.ok()) {
        metrics_.Behind(consumer->pending);
        if (Forgotten(*consumer)) co_return false;
    }
    MP_CO_RETURN_IF_ERROR(co_await purge_.Purge(**stream, ingest_.floor()));
    co_return true;
}

// Whether something is missing that the broker will not deliver any more. Brokers before 2.9.15
// forget what is on its way to a consumer when the stream is purged.
bool Consumption::Forgotten(const bus::ConsumerInfo& consumer) {
    const uint64_t floor = ingest_.floor();
    // Nothing is acknowledged before it is committed.
    if (consumer.ack_floor > floor) return true;
    const uint64_t highest = ingest_.highest();
    const uint64_t under_way = consumer.delivered > highest ? consumer.delivered - highest : 0;
    if (ingest_.holes() + under_way > consumer.unacked && ingest_.holes() > 0) return true;
    if (floor != stuck_floor_ || ingest_.holes() == 0) {
        stuck_floor_ = floor;
        stuck_until_ = Deadline::After(2 * settings_.ack_wait);
    }
    return stuck_until_.Passed();
}

}  // namespace mp::storage
