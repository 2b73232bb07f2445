#include "storage/sharing/shared_consumption.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "bus/topology.hpp"
#include "reliability/distributed_lock.hpp"
#include "runtime/all_of.hpp"
#include "runtime/sleep.hpp"
#include "storage/sharing/assignment.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"storage.sharing"};
constexpr Duration kLookEvery = 1s;
constexpr Duration kServeEvery = 500ms;

}  // namespace

SharedConsumption::SharedConsumption(
    bus::Connection& connection,
    SharedEngine& engine,
    const StorageMetrics& metrics,
    const StreamSettings& settings,
    reliability::KeyValue& locks,
    registry::Directory& directory,
    const std::string& instance,
    Ingest::DeadLetterSink dead_letters
)
    : connection_(connection),
      engine_(engine),
      metrics_(metrics),
      settings_(settings),
      directory_(directory),
      instance_(instance),
      // A lane that waits for its server holds up no other.
      pool_("storage-lanes", engine.lanes() + 1, 16 * engine.lanes()),
      purge_(connection, metrics, settings_.window) {
    const LaneContext context{
        connection,
        engine,
        pool_,
        metrics,
        settings_,
        locks,
        std::move(dead_letters),
        reliability::MakeOwnerId(instance)};
    for (uint32_t lane = 0; lane < engine.lanes(); ++lane) {
        lanes_.push_back(std::make_unique<LaneTenure>(context, lane));
    }
    directory_.OnChange([this](const std::string& service) {
        if (service == registry::kStorage) changed_.NotifyAll();
    });
}

Task<Status> SharedConsumption::Run() {
    std::vector<Task<Status>> all;
    for (const auto& lane : lanes_) all.push_back(lane->Run());
    all.push_back(Share());
    all.push_back(Watch());
    all.push_back(Serve());
    co_return co_await runtime::AllOf(std::move(all));
}

Task<Status> SharedConsumption::Share() {
    for (;;) {
        // While the watch is lost, everybody keeps what he has.
        if (directory_.synced()) AssignNow();
        const Deadline next = Deadline::After(kLookEvery);
        co_await changed_.Wait(next);
    }
}

void SharedConsumption::AssignNow() {
    std::vector<std::string> live;
    for (const registry::Instance& each : directory_.Instances(registry::kStorage)) {
        if (each.store() == settings_.durable && !each.draining()) live.push_back(each.instance());
    }
    std::sort(live.begin(), live.end());
    std::vector<size_t> owners;
    if (!live.empty()) owners = AssignLanes(engine_.lanes(), live);
    for (size_t lane = 0; lane < lanes_.size(); ++lane) {
        lanes_[lane]->SetWanted(!live.empty() && live[owners[lane]] == instance_);
    }
}

Task<Status> SharedConsumption::Watch() {
    for (telemetry::LogThrottle throttle;;) {
        Status looked = co_await Look();
        for (const auto& lane : lanes_) {
            if (looked.ok()) looked = lane->state();
        }
        state_ = std::move(looked);
        if (!state_.ok()) {
            if (const auto more = throttle.Allow()) {
                kLog.Warn("not all is consumed", {{"reason", state_}, {"more", *more}});
            }
        }
        Report();
        co_await runtime::Sleep(kLookEvery);
    }
}

// The stream before the positions: what is purged must be committed in the stream that is meant.
Task<Status> SharedConsumption::Look() {
    if (!directory_.synced()) co_return absl::UnavailableError("the registry is not read yet");
    const auto stream =
        co_await bus::GetStreamInfo(connection_, bus::kMarketDataStream, Deadline::After(5s));
    if (!stream.ok() && !absl::IsNotFound(stream.status())) co_return stream.status();
    const auto position = co_await pool_.Run([this] { return engine_.Position(); });
    if (!position.ok()) co_return position.status();
    if (!*position) co_return OkStatus();
    if (incarnation_ != (*position)->incarnation) purge_.Reset();
    incarnation_ = (*position)->incarnation;
    floor_ = (*position)->floor;
    metrics_.Floor(floor_);
    if (!stream.ok() || stream->created != incarnation_ || !lanes_.front()->leads()) {
        co_return OkStatus();
    }
    co_return co_await purge_.Purge(*stream, floor_);
}

// What other instances ask of the lanes that are here.
Task<Status> SharedConsumption::Serve() {
    for (telemetry::LogThrottle throttle;;) {
        const auto served = co_await pool_.Run([this] { return engine_.Serve(); });
        if (!served.ok()) {
            if (const auto more = throttle.Allow()) {
                kLog.Warn("orders not read", {{"reason", served.status()}, {"more", *more}});
            }
        }
        if (!served.ok() || *served == 0) co_await runtime::Sleep(kServeEvery);
    }
}

void SharedConsumption::Report() {
    uint64_t behind = 0;
    for (uint32_t lane = 0; lane < lanes_.size(); ++lane) {
        behind += lanes_[lane]->behind();
        metrics_.LaneLed(lane, lanes_[lane]->leads());
    }
    metrics_.Behind(behind);
}

}  // namespace mp::storage
