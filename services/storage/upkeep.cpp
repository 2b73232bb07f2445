#include "storage/upkeep.hpp"

#include <algorithm>
#include <chrono>

#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"storage.upkeep"};

constexpr Duration kIdle = 1s;
constexpr Duration kAfterFailure = 10s;
constexpr int kShare = 5;  // at most one part in so many of a thread's time

}  // namespace

Task<Status> Upkeep::Run() {
    while (true) {
        const auto began = std::chrono::steady_clock::now();
        const Result<UpkeepStep> step = co_await pool_.Run([this] { return engine_.Upkeep(); });
        const Duration took = std::chrono::steady_clock::now() - began;
        Duration pause = kIdle;
        if (!step.ok()) {
            kLog.Warn("upkeep failed", {{"reason", step.status()}});
            pause = kAfterFailure;
        } else {
            metrics_.KeptUp(*step);
            if (step->more) pause = (kShare - 1) * took;
        }
        co_await runtime::Sleep(pause);
    }
}

}  // namespace mp::storage
