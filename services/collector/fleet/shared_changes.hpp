#pragma once
// What was added and removed at run time, shared by all collectors through KV bucket `instruments`:
// whoever is told tells the others, and whoever starts later learns it. Each keeps a copy of its
// own on disk, so that nothing is forgotten while the broker is away. Of two changes of one
// instrument the later counts. One executor's thread.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "bus/kv_bucket.hpp"
#include "collector/feed/feed.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::collector {

class SharedChanges {
  public:
    using Feeds = std::vector<std::unique_ptr<Feed>>;

    // Both outlive it.
    SharedChanges(bus::Connection& bus, int replicas, Feeds& feeds)
        : bus_(bus), replicas_(replicas), feeds_(feeds) {}

    // Follows the others and tells them, until cancelled.
    Task<Status> Run();

    // Waits until all that this collector was told is in the bucket: true. Else it will be told
    // when the broker is back.
    Task<bool> Share(Deadline deadline);

  private:
    Task<Status> Work();
    Task<Status> Follow(reliability::KeyWatch& watch);
    Task<Status> Tell();
    Task<Status> Verify();
    void Take(const reliability::KeyChange& change);
    bool AllTold() const;

    bus::Connection& bus_;
    const int replicas_;
    Feeds& feeds_;
    std::unique_ptr<bus::KvBucket> bucket_;
    std::map<std::string, Nanos> told_;  // what the bucket holds: key, when it was changed
    bool caught_up_ = false;
    runtime::Condition asked_;
    runtime::Condition changed_;
};

}  // namespace mp::collector
