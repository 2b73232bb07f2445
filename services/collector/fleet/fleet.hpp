#pragma once
// This collector among the others: keeps its entry in the registry, with its part of each market in
// it, watches theirs, and tells the feeds. One executor's thread.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "bus/kv_bucket.hpp"
#include "collector/config.hpp"
#include "collector/feed/feed.hpp"
#include "registry/directory.hpp"
#include "registry/registration.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::collector {

class Fleet {
  public:
    using Feeds = std::vector<std::unique_ptr<Feed>>;

    // Everything referenced outlives it; after filling `feeds`, Introduce. `folder`: the spool's.
    Fleet(
        bus::Connection& bus,
        int replicas,
        FleetConfig config,
        registry::Instance self,
        const std::filesystem::path& folder,
        Feeds& feeds
    );

    // Takes part until cancelled. Start it when the broker has answered.
    Task<Status> Run();

    // Waits until it is known who lives.
    Task<bool> Known(Deadline deadline) { return known_.Wait(deadline); }

    // Tells the feeds who lives, as far as that is known, before they choose what they take, and
    // the others what is coming.
    Task<> Introduce();

    // Announces that this collector is about to stop and waits until others have taken over what
    // it collects, where there are any; at most until the deadline. Run goes on meanwhile.
    Task<> HandOver(Deadline deadline);

    // Out of the registry. Run has ended.
    Task<> Leave();

    // Collectors that live, this one included.
    size_t size() const;
    // Instruments that are collected until others do.
    size_t kept() const { return kept_; }

  private:
    Task<Status> Open();
    Task<Status> Watch();
    bool Look();
    Task<> LookAndTell();
    std::vector<Peer> PeersOf(const Feed& feed, const std::vector<registry::Instance>& live) const;
    bool Renew();
    bool Serves() const;
    void Describe(registry::Instance& self) const;

    bus::Connection& bus_;
    const int replicas_;
    const FleetConfig config_;
    Feeds& feeds_;
    registry::Instance self_;
    std::optional<std::string> before_;  // a dead one that is listed still
    std::unique_ptr<bus::KvBucket> bucket_;
    std::unique_ptr<registry::Registration> registration_;
    std::unique_ptr<registry::Directory> directory_;
    std::vector<Share> shares_;  // as announced, one a feed
    size_t kept_ = 0;            // instruments that others have not taken over yet
    runtime::Event known_;
    runtime::Condition looked_;
    runtime::Condition wake_;
};

}  // namespace mp::collector
