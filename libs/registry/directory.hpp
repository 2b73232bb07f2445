#pragma once
// Which instances live now, kept up to date by a watch. An instance that stops its heartbeats
// disappears after `ttl` since its last one was seen: the bucket does not report expiry. Runs on
// one io_context thread; the bucket must outlive it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "registry/instance.hpp"
#include "reliability/key_value.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::registry {

class Directory {
  public:
    struct Config {
        std::chrono::milliseconds ttl{3000};
        // How often expired entries are looked for. After a standstill of this process (stopped, or
        // without a processor) everybody has another `ttl`.
        std::chrono::milliseconds sweep{250};
        std::chrono::milliseconds retry{500};  // pause before a lost watch is begun anew
        // Whether the bucket can be reached now; empty: always. While it cannot, nobody's
        // heartbeats arrive and nobody is declared dead for that.
        std::function<bool()> reachable;
        // When it can be reached again, others may find their way back later than we do: so long
        // everybody has beyond `ttl`.
        std::chrono::milliseconds return_grace{5000};
        // Key of our own entry; empty: we have none. While not even our own heartbeats come back
        // (the bucket has no leader), nobody is declared dead for that either, for `silence` at
        // most.
        std::string self;
        std::chrono::milliseconds silence{15000};
        // Ours: instances there come before equally healthy ones elsewhere, unless they have too
        // much to do. Empty: we are nowhere in particular.
        std::string zone;
        // Instances known without the registry (COLLECTOR_URL, STORAGE_URL); they never expire and
        // count only while the registry lists nobody for their service.
        std::vector<Instance> fixed;
    };
    // After instances of a service came, went or changed draining or status; not for a heartbeat
    // that only says "still here".
    using Listener = std::function<void(const std::string& service)>;

    Directory(reliability::KeyValue& bucket, Config config, const Clock& clock = DefaultClock());

    // Watches until cancelled.
    runtime::Task<> Run();

    void OnChange(Listener listener) { listeners_.push_back(std::move(listener)); }

    // Live instances of a service by its registry name or alias, draining ones too, by instance
    // name.
    std::vector<Instance> Instances(std::string_view service) const;
    std::vector<Instance> All() const;

    // The instance to talk to: not draining, healthy before degraded before unhealthy, then of our
    // zone, then the least load, taking turns among equals. NotFound where there is none.
    Result<Instance> Pick(std::string_view service);

    // Replaces the fixed instances of a service by this one, or by none.
    void SetFixed(Instance instance);
    void DropFixed(std::string_view service);

    // Waits until Pick would succeed.
    runtime::Task<Status> WaitFor(std::string service, Deadline deadline);

    // The watch works and has told what there is.
    bool synced() const noexcept { return synced_; }

  private:
    struct Listed {
        Instance instance;
        Nanos seen = 0;  // steady
    };

    runtime::Task<Status> Watch();
    runtime::Task<Status> Follow(reliability::KeyWatch& watch);
    runtime::Task<Status> Sweep();
    void Put(const std::string& key, const reliability::Entry& entry);
    void Remove(const std::string& key);
    void Expire();
    bool Silent(Nanos now) const;
    bool IsFar(const Instance& instance) const;
    void Renew(std::chrono::milliseconds grace);
    void Notify(const std::string& service);
    std::vector<const Instance*> Candidates(std::string_view service) const;

    reliability::KeyValue& bucket_;
    Config config_;
    const Clock& clock_;
    std::map<std::string, Listed, std::less<>> listed_;  // by key
    std::vector<Listener> listeners_;
    runtime::Condition changed_;
    uint64_t turn_ = 0;
    bool synced_ = false;
    Nanos self_seen_ = 0;  // steady; 0: not yet
};

// An entry for Config::fixed from "http(s)://host:port" (port 80 or 443 without one): its gRPC port
// is 0 until somebody has asked its /health. InvalidArgument for anything else.
Result<Instance> FixedInstance(std::string_view service, std::string_view url);

}  // namespace mp::registry
