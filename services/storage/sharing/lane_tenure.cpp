#include "storage/sharing/lane_tenure.hpp"

#include <chrono>
#include <utility>

#include "runtime/finally.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"storage.lane"};
constexpr Duration kRetry = 500ms;

// Parts of the lease.
constexpr int kMargin = 5;
constexpr int kRenewals = 5;
constexpr int kRetries = 15;
constexpr int kFenceMoves = 30;

std::string LockOf(const std::string& durable, uint32_t lane) {
    return "storage." + durable + "." + std::to_string(lane);
}

reliability::LockConfig LockTimes(Duration lease) {
    return {.ttl = lease, .retry_every = lease / kRetries};
}

reliability::LeadershipConfig LeadershipTimes(Duration lease) {
    reliability::LeadershipConfig times;
    times.renew_every = lease / kRenewals;
    times.retry_every = lease / kRetries;
    times.margin = lease / kMargin;
    return times;
}

// Names of consumers take fewer characters than those of instances.
std::string ReaderOf(const std::string& writer) {
    return writer.substr(writer.rfind('-') + 1);
}

}  // namespace

LaneTenure::LaneTenure(const LaneContext& context, uint32_t lane)
    : pool_(context.pool),
      engine_(context.engine.lane(lane)),
      lane_(lane),
      writer_(context.writer),
      lease_(context.settings.lease),
      ingest_(
          engine_,
          context.metrics,
          context.dead_letters,
          DefaultClock(),
          StreamShare{lane, context.engine.lanes()}
      ),
      consumption_(
          context.connection,
          engine_,
          ingest_,
          context.pool,
          context.metrics,
          context.settings,
          lane
      ),
      lock_(
          context.locks, LockOf(context.settings.durable, lane), context.writer, LockTimes(lease_)
      ),
      leadership_(lock_, LeadershipTimes(lease_)) {}

Task<Status> LaneTenure::Run() {
    const reliability::Leadership::Lead lead = [this](uint64_t) {
        return runtime::Finally(runtime::FirstOf(Hold(), Write()), Resign());
    };
    telemetry::LogThrottle throttle;
    for (;;) {
        while (!wanted_) co_await changed_.Wait();
        const auto ended = co_await runtime::FirstOf(leadership_.Run(lead), UntilUnwanted());
        const Status* const lost = std::get_if<Status>(&ended);
        if (lost == nullptr) continue;
        if (const auto more = throttle.Allow()) {
            kLog.Warn("the lane is lost", {{"lane", lane_}, {"reason", *lost}, {"more", *more}});
        }
        co_await runtime::Sleep(kRetry);
    }
}

void LaneTenure::SetWanted(bool wanted) {
    if (wanted == wanted_) return;
    wanted_ = wanted;
    changed_.NotifyAll();
}

Status LaneTenure::state() const {
    if (!wanted_) return OkStatus();
    if (leads_) return consumption_.state();
    return absl::UnavailableError("lane " + std::to_string(lane_) + " is not had yet");
}

Task<> LaneTenure::UntilUnwanted() {
    while (wanted_) co_await changed_.Wait();
}

// Nothing may be written in the last part of the lease: what is under way then comes to its end.
void LaneTenure::MoveFence() {
    engine_.WriteUntil(Deadline::After(lock_.HeldFor() - lease_ / kMargin));
}

Task<Status> LaneTenure::Hold() {
    for (;;) {
        MoveFence();
        co_await runtime::Sleep(lease_ / kFenceMoves);
    }
}

Task<Status> LaneTenure::Write() {
    MoveFence();
    for (telemetry::LogThrottle throttle;;) {
        const Status taken = co_await TakeOver();
        if (taken.ok()) break;
        if (const auto more = throttle.Allow()) {
            kLog.Warn(
                "the lane cannot be taken over",
                {{"lane", lane_}, {"reason", taken}, {"more", *more}}
            );
        }
        co_await runtime::Sleep(kRetry);
    }
    kLog.Info("writing", {{"lane", lane_}});
    leads_ = true;
    co_return co_await consumption_.Run(ReaderOf(writer_));
}

Task<Status> LaneTenure::TakeOver() {
    const uint64_t takeovers = lock_.GetStats().taken_over;
    const auto before = co_await pool_.Run([this] { return engine_.Unresigned(); });
    if (!before.ok()) co_return before.status();
    if (!before->empty()) {
        // A lock that ran out has been watched for a lease. One that is just gone may be held on
        // by who does not know yet: the broker has lost it.
        const Duration wait = takeovers > takeovers_ ? lease_ / 2 : lease_;
        kLog.Info("waiting for who has not resigned", {{"lane", lane_}, {"writer", *before}});
        co_await runtime::Sleep(wait);
    }
    takeovers_ = takeovers;
    co_return co_await pool_.Run([this] { return engine_.Lead(writer_); });
}

Task<> LaneTenure::Resign() {
    leads_ = false;
    const Status resigned = co_await pool_.Run([this] { return engine_.Resign(); });
    if (!resigned.ok()) kLog.Warn("not resigned", {{"lane", lane_}, {"reason", resigned}});
    engine_.WriteUntil(Deadline::After(0s));
    kLog.Info("not writing", {{"lane", lane_}});
}

}  // namespace mp::storage
