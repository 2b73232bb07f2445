#pragma once
// Asks one venue by REST for what is missing in its series and for what it does not stream,
// publishes it, and records what is known by it: a gap in trades is repaired where consecutive
// numbers lead across it, bars where every bar that ended in the gap was given; what the venue does
// not tell is beyond repair. Repeating a request changes nothing: events and claims have
// identities. One executor's thread; lives as long as its tasks.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "collector/coverage/finding.hpp"
#include "collector/feed/rest_client.hpp"
#include "collector/repair/history_output.hpp"
#include "collector/repair/trade_walk.hpp"
#include "collector/venues/venue.hpp"
#include "model/coverage.hpp"
#include "runtime/task.hpp"

namespace mp::collector {

struct GapToRepair {
    model::DataType type = model::DataType::kUnspecified;
    model::Interval interval;
    model::CoverageBasis basis = model::CoverageBasis::kConnection;  // of its record
    std::string reason;
    uint32_t max_pages = 100;
};

struct RepairOutcome {
    uint64_t events = 0;
    std::vector<model::CoverageSpan> recorded;
    bool finished = false;
    Status trouble;  // why it is not finished
};

class Historian {
  public:
    // All outlive it.
    Historian(const Venue& venue, RestClient& rest, HistoryOutput& output)
        : venue_(venue), rest_(rest), output_(output) {}

    // What has been repaired so far is recorded, whatever happens behind it.
    Task<RepairOutcome> Repair(Listing listing, GapToRepair gap, Deadline deadline);

    // The events that were published. `period`: how often this is asked; where the type is not
    // streamed, the period that it is now in is claimed. 0: nothing is.
    Task<Result<uint64_t>> Poll(
        Listing listing, model::DataType type, Duration period, Deadline deadline
    );

  private:
    struct Job;

    Task<Status> RepairTrades(Job& job);
    Task<Status> RepairByNewest(Job& job, const RecentTrades& trades);
    Task<Status> WalkTrades(Job& job, const TradeHistory& trades);
    Task<Result<TradeWalk::Start>> Locate(Job& job, const TradeHistory& trades);
    Task<Status> RepairRanges(Job& job);
    Task<Status> RepairRange(Job& job, model::Interval range);
    Task<Result<RestAnswer>> Fetch(RestCall call, Deadline deadline);
    Status Publish(Job& job, const std::vector<model::Event>& events);
    Status Record(Job& job, const Finding& finding, std::string_view source);
    Status GiveUp(Job& job, model::Interval interval, std::string_view why);
    Status RecordBars(Job& job, model::Interval range, const std::vector<HistoryCall>& calls);

    const Venue& venue_;
    RestClient& rest_;
    HistoryOutput& output_;
};

}  // namespace mp::collector
