#include "collector/fleet/fleet.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "bus/topology.hpp"
#include "collector/fleet/predecessor.hpp"
#include "registry/instance.hpp"
#include "runtime/all_of.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"collector.fleet"};

constexpr Duration kRetry = 500ms;
// Between two looks at the others, and between two announcements.
constexpr Duration kLook = 200ms;

void ToProto(const Share& share, marketprism::v1::FleetShare& out) {
    out.set_scope(share.scope);
    out.set_view(share.view);
    out.mutable_settling()->Assign(share.settling.begin(), share.settling.end());
    out.set_settled_to(share.settled_to);
}

Share FromProto(const marketprism::v1::FleetShare& share) {
    return {
        share.scope(),
        share.view(),
        {share.settling().begin(), share.settling().end()},
        share.settled_to()};
}

}  // namespace

Fleet::Fleet(
    bus::Connection& bus,
    int replicas,
    FleetConfig config,
    registry::Instance self,
    const std::filesystem::path& folder,
    Feeds& feeds
)
    : bus_(bus),
      replicas_(replicas),
      config_(config),
      feeds_(feeds),
      self_(std::move(self)),
      before_(TakeOverFrom(folder, self_.instance())) {}

Task<Status> Fleet::Run() {
    for (;;) {
        const Status opened = co_await Open();
        if (opened.ok()) break;
        kLog.Warn("the registry is not to be had", {{"reason", opened}});
        co_await runtime::Sleep(kRetry);
    }
    co_return co_await runtime::AllOf(registration_->Run(), directory_->Run(), Watch());
}

Task<Status> Fleet::Open() {
    if (!bucket_) {
        bus::KvConfig registry = bus::RegistryBucket(replicas_);
        auto bucket = co_await bus::KvBucket::Open(bus_, std::move(registry), Deadline::After(5s));
        if (!bucket.ok()) co_return bucket.status();
        bucket_ = std::move(*bucket);
    }
    if (before_) {
        std::string key = registry::InstanceKey(self_.service(), *before_);
        MP_CO_RETURN_IF_ERROR(co_await bucket_->Delete(std::move(key), std::nullopt));
        before_.reset();
    }
    registry::Registration::Callbacks callbacks;
    callbacks.status = [this] { return std::string(Serves() ? "healthy" : "degraded"); };
    callbacks.describe = [this](registry::Instance& self) { Describe(self); };
    registration_ = std::make_unique<registry::Registration>(
        *bucket_, self_, registry::Registration::Config{}, std::move(callbacks)
    );
    registry::Directory::Config directory;
    directory.reachable = [this] { return bus_.state().connected; };
    directory.self = registry::InstanceKey(self_.service(), self_.instance());
    directory_ = std::make_unique<registry::Directory>(*bucket_, std::move(directory));
    directory_->OnChange([this](const std::string& service) {
        if (service == registry::kCollector) wake_.NotifyAll();
    });
    co_return OkStatus();
}

Task<Status> Fleet::Watch() {
    for (;;) {
        // While the watch is lost, everybody stays what he was.
        if (directory_->synced()) co_await LookAndTell();
        const Deadline next = Deadline::After(kLook);
        co_await wake_.Wait(next);
    }
}

Task<> Fleet::Introduce() {
    if (directory_ && directory_->synced()) co_await LookAndTell();
}

Task<> Fleet::LookAndTell() {
    if (!Look()) co_return;
    const Status announced = co_await registration_->Announce();
    if (!announced.ok()) kLog.Warn("no announcement", {{"reason", announced}});
}

// True where the others must be told.
bool Fleet::Look() {
    const std::vector<registry::Instance> live = directory_->Instances(registry::kCollector);
    kept_ = 0;
    for (const auto& feed : feeds_) {
        feed->SetPeers(PeersOf(*feed, live));
        kept_ += feed->LetGo();
    }
    known_.Set();
    looked_.NotifyAll();
    return Renew();
}

std::vector<Peer> Fleet::PeersOf(const Feed& feed, const std::vector<registry::Instance>& live)
    const {
    std::vector<Peer> peers;
    if (!config_.enabled) return peers;
    const uint64_t scope = feed.scope();
    for (const registry::Instance& other : live) {
        if (other.instance() == self_.instance() || other.draining()) continue;
        for (const auto& share : other.shares()) {
            if (share.scope() != scope) continue;
            peers.push_back({other.instance(), FromProto(share)});
            break;
        }
    }
    return peers;
}

bool Fleet::Renew() {
    std::vector<Share> shares;
    if (config_.enabled) {
        for (const auto& feed : feeds_) shares.push_back(feed->GetShare());
    }
    return std::exchange(shares_, shares) != shares;
}

// Whoever wants something of a collector rather asks another one until then.
bool Fleet::Serves() const {
    return !feeds_.empty() && std::all_of(feeds_.begin(), feeds_.end(), [](const auto& feed) {
        return feed->listed();
    });
}

void Fleet::Describe(registry::Instance& self) const {
    self.clear_shares();
    for (const Share& share : shares_) ToProto(share, *self.add_shares());
}

Task<> Fleet::HandOver(Deadline deadline) {
    if (!registration_ || !directory_ || !bus_.state().connected) co_return;
    (void)co_await registration_->StartDraining();
    for (const auto& feed : feeds_) feed->HandOver();
    const auto handed_over = [this] { return kept_ == 0; };
    // What is kept now is known after the next look.
    kept_ = 1;
    wake_.NotifyAll();
    const bool done = co_await looked_.Until(handed_over, deadline);
    if (!done) kLog.Warn("others did not take over in time", {{"instruments", kept_}});
}

Task<> Fleet::Leave() {
    if (registration_) (void)co_await registration_->Deregister();
}

size_t Fleet::size() const {
    return directory_ ? directory_->Instances(registry::kCollector).size() : 0;
}

}  // namespace mp::collector
