#pragma once
// Task `gap_repair`: finds what is missing in the store and has collectors ask the venues for it.
// What became of a gap stands in coverage, so a run that ends early, or is repeated, goes on where
// the last one was. Where there are more gaps than it may take up, it begins behind the
// last one of this process's run before.
//
// Payload {"lookback":"24h","settle":"30s","max_gaps":1000,"max_pages":100}: how far back gaps are
// looked for, how old they must be (claims of what was only late are on their way), how many one
// run takes up, and how many answers of a venue one gap may take in a run.
// Result {"gaps":n,"repaired":n,"unrepairable":n,"unfinished":n,"events":n}; pieces of gaps.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/duration.hpp"
#include "base/time.hpp"
#include "runtime/task.hpp"
#include "scheduler/tasks/gap_round.hpp"
#include "scheduler/tasks/gaps.hpp"
#include "scheduler/tasks/peers.hpp"
#include "tasks/worker_pool.hpp"

namespace mp::scheduler {

class GapRepairTask {
  public:
    // `peers` outlives it.
    explicit GapRepairTask(Peers& peers, const Clock& clock = DefaultClock())
        : peers_(peers), clock_(clock) {}

    Task<Result<std::string>> Run(tasks::TaskContext& context);

  private:
    struct Settings {
        Duration lookback = std::chrono::hours(24);
        Duration settle = std::chrono::seconds(30);
        uint32_t max_gaps = 1000;
        uint32_t max_pages = 100;
    };
    struct Sum {
        uint64_t gaps = 0;
        uint64_t repaired = 0;
        uint64_t unrepairable = 0;
        uint64_t unfinished = 0;
        uint64_t events = 0;
    };

    static Result<Settings> ReadSettings(const std::string& payload);
    Task<Result<std::vector<FoundGap>>> Find(Settings settings, const tasks::TaskContext& context);
    Task<Result<std::vector<pb::Instrument>>> Instruments(
        Storage storage, const tasks::TaskContext& context
    );
    Task<Result<pb::RepairResponse>> Repair(
        std::vector<Collector>& collectors,
        FoundGap gap,
        Settings settings,
        const tasks::TaskContext& context
    );
    static void Add(const Result<pb::RepairResponse>& answer, const FoundGap& gap, Sum& sum);

    Peers& peers_;
    GapPlace last_;  // taken up last, here: where the next run begins behind
    const Clock& clock_;
};

}  // namespace mp::scheduler
