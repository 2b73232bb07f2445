#include "storage/sharing/lane_consumption.hpp"

#include <chrono>
#include <utility>

#include "bus/consumer.hpp"
#include "bus/topology.hpp"
#include "runtime/finally.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"storage.lane"};
constexpr Duration kRetry = 500ms;
constexpr Duration kLookEvery = 1s;
// A shard in which nothing happens would hold up the purge: its floor follows the stream's end.
constexpr Duration kPassEvery = 5s;
// The broker forgets a consumer that nobody asks any more.
constexpr Duration kInactive = 1min;

Deadline CallDeadline() {
    return Deadline::After(5s);
}

// The lane is another instance's by now.
bool IsOver(const Status& status) {
    return absl::IsAborted(status) || absl::IsFailedPrecondition(status);
}

}  // namespace

LaneConsumption::LaneConsumption(
    bus::Connection& connection,
    LaneEngine& engine,
    Ingest& ingest,
    runtime::BlockingPool& pool,
    const StorageMetrics& metrics,
    const StreamSettings& settings,
    uint32_t shard
)
    : connection_(connection),
      ingest_(ingest),
      pool_(pool),
      settings_(settings),
      filter_("md.*.*.*." + std::to_string(shard)),
      name_(settings.durable + "-" + std::to_string(shard) + "-"),
      opening_(connection, engine, pool, metrics, settings) {}

Task<Status> LaneConsumption::Run(std::string reader) {
    telemetry::LogThrottle throttle;
    for (;;) {
        state_ = co_await Prepare();
        if (state_.ok()) {
            bus::ConsumerConfig consumer;
            consumer.stream = bus::kMarketDataStream;
            consumer.durable = name_ + reader + "-" + std::to_string(++readings_);
            consumer.filter = filter_;
            consumer.start = ingest_.floor() + 1;
            consumer.ack_wait = settings_.ack_wait;
            consumer.max_ack_pending = settings_.max_ack_pending;
            consumer.inactive = kInactive;
            Task<> removal = Remove(consumer.durable);
            state_ = co_await runtime::Finally(Read(std::move(consumer)), std::move(removal));
            if (state_.ok()) continue;  // another stream by now
        }
        if (IsOver(state_)) co_return state_;
        if (const auto more = throttle.Allow()) {
            kLog.Warn("not consuming", {{"shard", filter_}, {"reason", state_}, {"more", *more}});
        }
        co_await runtime::Sleep(kRetry);
    }
}

Task<Status> LaneConsumption::Prepare() {
    const uint64_t epoch = connection_.epoch();
    const Result<bus::StreamInfo> stream = co_await opening_.Open();
    if (!stream.ok()) co_return stream.status();
    const Result<uint32_t> shards = bus::ShardsOf(*stream);
    if (shards.ok() && *shards != settings_.shards) {
        co_return absl::FailedPreconditionError(
            "the stream has " + std::to_string(*shards) + " shards: set bus.shards"
        );
    }
    const Result<StreamVerdict> verdict = co_await opening_.Judge(*stream, std::nullopt);
    if (!verdict.ok()) co_return verdict.status();
    MP_CO_RETURN_IF_ERROR(co_await pool_.Run([this, &verdict] {
        return ingest_.Begin(verdict->position);
    }));
    opening_.Begun(*stream, epoch);
    pass_due_ = Deadline::After(0s);
    stuck_until_ = Deadline::After(2 * settings_.ack_wait);
    delivered_ = 0;
    co_return OkStatus();
}

// Ends with OK when the stream is another one by now.
Task<Status> LaneConsumption::Read(bus::ConsumerConfig consumer) {
    const auto made = co_await bus::EnsureConsumer(connection_, consumer, CallDeadline());
    if (!made.ok()) co_return made.status();
    // A consumer goes with its stream: what it delivers is of the stream found here.
    const auto stream = co_await opening_.Look(ingest_.floor());
    if (!stream.ok()) co_return stream.status();
    if (!*stream) co_return OkStatus();
    kLog.Info("consuming", {{"shard", filter_}, {"from", consumer.start}});
    co_return co_await runtime::FirstOf(Pull(consumer), Watch(consumer));
}

Task<> LaneConsumption::Remove(std::string consumer) {
    (co_await bus::DeleteConsumer(
         connection_, bus::kMarketDataStream, std::move(consumer), Deadline::After(2s)
     ))
        .IgnoreError();
}

Task<Status> LaneConsumption::Pull(const bus::ConsumerConfig& consumer) {
    bus::PullerConfig config;
    config.stream = consumer.stream;
    config.durable = consumer.durable;
    config.epoch = opening_.epoch();
    config.max_batch = settings_.max_batch_messages;
    config.max_batch_bytes = settings_.max_batch_bytes;
    config.max_delay = settings_.max_batch_delay;
    config.ends_at_refusal = true;
    bus::StreamPuller puller(connection_, config, [this](std::span<bus::StreamMessage> messages) {
        return Handle(messages);
    });
    co_return co_await puller.Run();
}

// The numbers of a consumer's deliveries have no holes, so what is missing is lost on its way.
Status LaneConsumption::Handle(std::span<bus::StreamMessage> messages) {
    const std::lock_guard lock(ingesting_);
    busy_ = true;
    messages_.clear();
    Status handled;
    for (const bus::StreamMessage& message : messages) {
        if (message.consumer_sequence != ++delivered_) {
            handled = absl::UnavailableError("bus: a message was lost on its way");
            break;
        }
        // Delivered again, because a commit took long.
        if (message.stream_sequence <= ingest_.floor()) continue;
        messages_.push_back(
            {message.stream_sequence, message.subject(), message.payload(), message.stored}
        );
    }
    if (handled.ok() && !messages_.empty()) handled = ingest_.Handle(messages_);
    busy_ = false;
    return handled;
}

Task<Status> LaneConsumption::Watch(const bus::ConsumerConfig& consumer) {
    while (true) {
        const Result<bool> same = co_await Look(consumer);
        if (same.ok() && !*same) co_return OkStatus();
        if (IsOver(same.status())) co_return same.status();
        co_await runtime::Sleep(kLookEvery);
    }
}

// False where the reading has to begin anew.
Task<Result<bool>> LaneConsumption::Look(const bus::ConsumerConfig& consumer) {
    const auto stream = co_await opening_.Look(ingest_.floor());
    if (!stream.ok()) co_return stream.status();
    if (!*stream) co_return false;
    const auto info = co_await bus::GetConsumerInfo(
        connection_, consumer.stream, consumer.durable, CallDeadline()
    );
    if (!info.ok()) co_return info.status();
    behind_ = info->pending;
    const uint64_t floor = ingest_.floor();
    if (floor != stuck_floor_ || busy_ || info->delivered <= floor) {
        stuck_floor_ = floor;
        stuck_until_ = Deadline::After(2 * settings_.ack_wait);
    }
    if (stuck_until_.Passed()) co_return false;
    const uint64_t end = (*stream)->last_sequence;
    if (info->pending > 0 || busy_ || floor >= end || !pass_due_.Passed()) co_return true;
    pass_due_ = Deadline::After(kPassEvery);
    co_return co_await PassQuiet(end);
}

// `end` was the stream's newest message before the shard's own newest one is asked for here: where
// that is committed, nothing up to `end` is left for this lane.
Task<Result<bool>> LaneConsumption::PassQuiet(uint64_t end) {
    const auto newest = co_await bus::GetNewestMessage(
        connection_, bus::kMarketDataStream, filter_, CallDeadline()
    );
    if (!newest.ok() && !absl::IsNotFound(newest.status())) co_return newest.status();
    if (newest.ok() && newest->sequence > ingest_.floor()) co_return true;
    MP_CO_RETURN_IF_ERROR(co_await pool_.Run([this, end]() -> Status {
        const std::lock_guard lock(ingesting_);
        if (ingest_.floor() >= end) return OkStatus();
        return ingest_.Handle({}, {&end, 1});
    }));
    co_return true;
}

}  // namespace mp::storage
