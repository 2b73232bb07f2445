#include "collector/publish/market_stream.hpp"

#include <chrono>
#include <fstream>
#include <string>
#include <utility>

#include "base/whole_file.hpp"
#include "bus/kv_bucket.hpp"
#include "bus/stream.hpp"
#include "bus/topology.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"collector"};

constexpr Duration kRetry = 500ms;
constexpr Duration kMoment = 250ms;  // for a broker that is there
constexpr Duration kLookForRoom = 250ms;
constexpr Duration kPatience = 5s;  // with one answer of the broker
constexpr int64_t kDeadLetterBytes = int64_t{256} << 20;

// How much a stream takes before it is all but full.
uint64_t RoomIn(const bus::StreamInfo& stream) {
    if (stream.config.max_bytes <= 0) return UINT64_MAX / 2;
    const auto limit = static_cast<uint64_t>(stream.config.max_bytes);
    const uint64_t usable = limit - limit / 64;
    return usable > stream.bytes ? usable - stream.bytes : 0;
}

}  // namespace

MarketStream::MarketStream(
    bus::Connection& bus, const BusConfig& config, Outbox& outbox, std::filesystem::path memory
)
    : bus_(bus), config_(config), outbox_(outbox), memory_(std::move(memory)) {}

Task<Status> MarketStream::Run() {
    MP_CO_RETURN_IF_ERROR(co_await bus_.Connect());
    for (;;) {
        const Status made = co_await Make();
        if (made.ok()) break;
        if (absl::IsFailedPrecondition(made)) co_return made;
        kLog.Warn("the broker's stream is not to be had", {{"reason", made}});
        co_await runtime::Sleep(kRetry);
    }
    known_.Set();
    for (;;) {
        co_await LookForRoom();
        co_await runtime::Sleep(kLookForRoom);
    }
}

Task<bool> MarketStream::KnownOrAssumed(Deadline deadline) {
    const uint32_t remembered = Remembered();
    if (remembered != 0) deadline = deadline.Earlier(Deadline::After(kMoment));
    const bool known = co_await known_.Wait(deadline);
    if (known) co_return true;
    if (shards_ == 0) shards_ = remembered != 0 ? remembered : config_.shards;
    kLog.Warn("no broker yet, collecting into the spool", {{"shards", shards_}});
    co_return false;
}

// 0: nothing is.
uint32_t MarketStream::Remembered() const {
    uint32_t shards = 0;
    std::ifstream(memory_) >> shards;
    return shards;
}

Task<Status> MarketStream::Make() {
    const auto stream = co_await FindOrMake();
    if (!stream.ok()) co_return stream.status();
    MP_CO_RETURN_IF_ERROR(TakeShards(*stream));
    co_await MakeRest();
    co_return OkStatus();
}

Task<Result<bus::StreamInfo>> MarketStream::FindOrMake() {
    auto found =
        co_await bus::GetStreamInfo(bus_, bus::kMarketDataStream, Deadline::After(kPatience));
    if (!absl::IsNotFound(found.status())) co_return found;
    bus::StreamConfig stream = bus::MarketDataStream(
        static_cast<int64_t>(config_.stream_max_bytes),
        config_.replicas,
        shards_ == 0 ? config_.shards : shards_
    );
    co_return co_await bus::EnsureStream(bus_, std::move(stream), Deadline::After(kPatience));
}

Status MarketStream::TakeShards(const bus::StreamInfo& stream) {
    const auto shards = bus::ShardsOf(stream);
    if (!shards.ok()) return absl::FailedPreconditionError(shards.status().message());
    if (shards_ != 0 && shards_ != *shards) {
        return absl::FailedPreconditionError(
            "stream MARKET_DATA has " + std::to_string(*shards) + " shards, collected were " +
            std::to_string(shards_) + ": set bus.shards and start again"
        );
    }
    shards_ = *shards;
    if (Remembered() == shards_) return OkStatus();
    const Status kept = WriteWholeFile(memory_, std::to_string(shards_) + "\n");
    if (!kept.ok()) {
        kLog.Warn("a start without broker will wait for it", {{"reason", kept}});
    }
    return OkStatus();
}

// Storage says how large it is: one that is there stays as it is.
Task<Status> MarketStream::FindOrMakeDeadLetters() {
    const auto found =
        co_await bus::GetStreamInfo(bus_, bus::kDeadLetterStream, Deadline::After(kPatience));
    if (!absl::IsNotFound(found.status())) co_return found.status();
    bus::StreamConfig dead = bus::DeadLetterStream(kDeadLetterBytes, config_.replicas);
    const auto made = co_await bus::EnsureStream(bus_, std::move(dead), Deadline::After(kPatience));
    co_return made.status();
}

// What data flows without.
Task<> MarketStream::MakeRest() {
    const Status dead_letters = co_await FindOrMakeDeadLetters();
    if (!dead_letters.ok()) kLog.Warn("no dead letters", {{"reason", dead_letters}});
    bus::KvConfig budgets = bus::BudgetsBucket(config_.replicas);
    const auto shared =
        co_await bus::KvBucket::Open(bus_, std::move(budgets), Deadline::After(kPatience));
    if (!shared.ok()) kLog.Warn("no shared REST budgets", {{"reason", shared.status()}});
}

Task<> MarketStream::LookForRoom() {
    const uint64_t done = outbox_.SentAndDone();
    const auto stream =
        co_await bus::GetStreamInfo(bus_, bus::kMarketDataStream, Deadline::After(kPatience));
    if (stream.ok()) outbox_.SetRoom(RoomIn(*stream), done);
}

}  // namespace mp::collector
