#pragma once
// One feed for every venue that is configured and enabled. One executor's thread.

#include <deque>
#include <memory>
#include <vector>

#include "collector/capture/raw_capture.hpp"
#include "collector/config.hpp"
#include "collector/feed/feed.hpp"
#include "runtime/task.hpp"
#include "telemetry/health.hpp"

namespace mp::collector {

class FeedSet {
  public:
    // Everything outlives it.
    FeedSet(
        Executor executor,
        const CollectorConfig& config,
        RawCapture& capture,
        telemetry::Health& health
    );

    // Once; none runs yet.
    void Make(const FeedOutput& output);

    // Collects until cancelled or failed.
    Task<Status> Run();

    // Takes what may change at run time: which instruments are collected.
    void Follow(const CollectorConfig& fresh);

    // Appends what may be claimed by now.
    void CollectCoverage();

    std::vector<std::unique_ptr<Feed>>& all() { return feeds_; }

  private:
    void Make(const VenueConfig& config, const FeedOutput& output);
    FeedConfig ConfigOf(const VenueConfig& market, const Venue& venue);

    Executor executor_;
    const CollectorConfig& config_;
    RawCapture& capture_;
    telemetry::Health& health_;
    std::deque<FrameRecorder> recorders_;  // one a feed
    std::vector<std::unique_ptr<Feed>> feeds_;
};

}  // namespace mp::collector
