#include "registry/directory.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"

namespace mp::registry {
namespace {

using reliability::KeyChange;

// Loads closer than this count as equal: heartbeats are a second old.
constexpr double kSameLoad = 0.1;
constexpr double kTooMuchLoad = 0.8;
constexpr std::chrono::seconds kStandstill{1};

int Severity(const std::string& status) {
    if (status == "healthy") return 0;
    return status == "degraded" ? 1 : 2;
}

// What listeners want to hear about; heartbeats change the rest.
bool LooksSame(const Instance& a, const Instance& b) {
    return a.draining() == b.draining() && a.status() == b.status() && a.host() == b.host() &&
           a.http_port() == b.http_port() && a.grpc_port() == b.grpc_port();
}

}  // namespace

Directory::Directory(reliability::KeyValue& bucket, Config config, const Clock& clock)
    : bucket_(bucket), config_(std::move(config)), clock_(clock) {
    for (Instance& instance : config_.fixed) {
        instance.set_service(std::string(CanonicalService(instance.service())));
    }
}

runtime::Task<> Directory::Run() {
    for (;;) {
        // A lost watch is begun anew whatever it was lost for; what is listed stays meanwhile.
        const Status ended = co_await Watch();
        ended.IgnoreError();
        synced_ = false;
        co_await runtime::Sleep(config_.retry);
    }
}

runtime::Task<Status> Directory::Watch() {
    auto watch = co_await bucket_.Watch("");
    if (!watch.ok()) co_return watch.status();
    co_return co_await runtime::FirstOf(Follow(**watch), Sweep());
}

runtime::Task<Status> Directory::Follow(reliability::KeyWatch& watch) {
    for (;;) {
        const auto change = co_await watch.Next();
        if (!change.ok()) co_return change.status();
        switch (change->kind) {
            case KeyChange::Kind::kPut:
                Put(change->key, change->entry);
                break;
            case KeyChange::Kind::kDelete:
                Remove(change->key);
                break;
            case KeyChange::Kind::kCaughtUp:
                synced_ = true;
                changed_.NotifyAll();
                break;
        }
    }
}

runtime::Task<Status> Directory::Sweep() {
    for (;;) {
        const auto began = std::chrono::steady_clock::now();
        co_await runtime::Sleep(config_.sweep);
        const auto passed = std::chrono::steady_clock::now() - began;
        // Who stood still himself has heartbeats to read before he may call others dead.
        if (passed > config_.sweep + kStandstill) {
            Renew(std::chrono::milliseconds(0));
        } else {
            Expire();
        }
    }
}

void Directory::Renew(std::chrono::milliseconds grace) {
    const Nanos seen = clock_.Steady() + std::chrono::nanoseconds(grace).count();
    for (auto& [key, listed] : listed_) listed.seen = std::max(listed.seen, seen);
}

void Directory::Expire() {
    const Nanos now = clock_.Steady();
    if (config_.reachable && !config_.reachable()) return Renew(config_.return_grace);
    if (Silent(now)) return Renew(std::chrono::milliseconds(0));
    const Nanos ttl = std::chrono::nanoseconds(config_.ttl).count();
    std::vector<std::string> dead;
    for (const auto& [key, listed] : listed_) {
        if (now - listed.seen > ttl) dead.push_back(key);
    }
    for (const std::string& key : dead) Remove(key);
}

// Before anybody's time is up: heartbeats come in any order.
bool Directory::Silent(Nanos now) const {
    const Nanos ttl = std::chrono::nanoseconds(config_.ttl).count();
    const Nanos longest = std::chrono::nanoseconds(config_.silence).count();
    const Nanos unheard = now - self_seen_;
    return self_seen_ != 0 && unheard > ttl * 2 / 3 && unheard <= longest;
}

void Directory::Put(const std::string& key, const reliability::Entry& entry) {
    Instance instance;
    // Somebody else's key, or a future format: not an instance that we could talk to.
    if (!instance.ParseFromString(entry.value) || instance.service().empty()) return;
    const auto [found, added] = listed_.try_emplace(key);
    const bool same = !added && LooksSame(found->second.instance, instance);
    const std::string service = instance.service();
    found->second = Listed{std::move(instance), clock_.Steady()};
    if (key == config_.self) self_seen_ = found->second.seen;
    if (!same) Notify(service);
}

void Directory::Remove(const std::string& key) {
    const auto found = listed_.find(key);
    if (found == listed_.end()) return;
    if (key == config_.self) self_seen_ = 0;
    const std::string service = found->second.instance.service();
    listed_.erase(found);
    Notify(service);
}

void Directory::Notify(const std::string& service) {
    changed_.NotifyAll();
    // NOLINTNEXTLINE(modernize-loop-convert): a listener may add another
    for (size_t i = 0; i < listeners_.size(); ++i) listeners_[i](service);
}

std::vector<const Instance*> Directory::Candidates(std::string_view service) const {
    const std::string_view name = CanonicalService(service);
    std::vector<const Instance*> found;
    for (const auto& [key, listed] : listed_) {
        if (listed.instance.service() == name) found.push_back(&listed.instance);
    }
    if (!found.empty()) return found;
    for (const Instance& instance : config_.fixed) {
        if (instance.service() == name) found.push_back(&instance);
    }
    return found;
}

std::vector<Instance> Directory::Instances(std::string_view service) const {
    std::vector<Instance> instances;
    for (const Instance* instance : Candidates(service)) instances.push_back(*instance);
    std::sort(instances.begin(), instances.end(), [](const Instance& a, const Instance& b) {
        return a.instance() < b.instance();
    });
    return instances;
}

std::vector<Instance> Directory::All() const {
    std::vector<Instance> instances;
    for (const auto& [key, listed] : listed_) instances.push_back(listed.instance);
    return instances;
}

bool Directory::IsFar(const Instance& instance) const {
    if (config_.zone.empty()) return false;
    return instance.zone() != config_.zone || instance.load() > kTooMuchLoad;
}

Result<Instance> Directory::Pick(std::string_view service) {
    std::vector<const Instance*> candidates = Candidates(service);
    std::erase_if(candidates, [](const Instance* each) { return each->draining(); });
    if (candidates.empty()) {
        return absl::NotFoundError("no instance of " + std::string(service) + " is known");
    }
    const auto rank = [this](const Instance* each) {
        return std::tuple(Severity(each->status()), IsFar(*each), each->load());
    };
    const auto best = rank(*std::min_element(
        candidates.begin(),
        candidates.end(),
        [&](const Instance* a, const Instance* b) { return rank(a) < rank(b); }
    ));
    std::erase_if(candidates, [&](const Instance* each) {
        const auto [severity, far, load] = rank(each);
        return severity != std::get<0>(best) || far != std::get<1>(best) ||
               load > std::get<2>(best) + kSameLoad;
    });
    return *candidates[turn_++ % candidates.size()];
}

void Directory::SetFixed(Instance instance) {
    instance.set_service(std::string(CanonicalService(instance.service())));
    const auto known =
        std::find_if(config_.fixed.begin(), config_.fixed.end(), [&](const Instance& each) {
            return each.service() == instance.service();
        });
    if (known != config_.fixed.end() && known->instance() == instance.instance() &&
        LooksSame(*known, instance)) {
        return;
    }
    const std::string service = instance.service();
    std::erase_if(config_.fixed, [&](const Instance& each) { return each.service() == service; });
    config_.fixed.push_back(std::move(instance));
    Notify(service);
}

void Directory::DropFixed(std::string_view service) {
    const std::string name(CanonicalService(service));
    const size_t dropped =
        std::erase_if(config_.fixed, [&](const Instance& each) { return each.service() == name; });
    if (dropped != 0) Notify(name);
}

runtime::Task<Status> Directory::WaitFor(std::string service, Deadline deadline) {
    const auto there = [this, &service] {
        const auto candidates = Candidates(service);
        return std::any_of(candidates.begin(), candidates.end(), [](const Instance* each) {
            return !each->draining();
        });
    };
    const bool came = co_await changed_.Until(there, deadline);
    if (came) co_return OkStatus();
    co_return absl::DeadlineExceededError("no instance of " + service + " came in time");
}

Result<Instance> FixedInstance(std::string_view service, std::string_view url) {
    static constexpr std::string_view kPlain = "http://", kSecure = "https://";
    const auto refuse = [url] {
        return absl::InvalidArgumentError("not an http(s)://host:port: " + std::string(url));
    };
    const bool secure = url.starts_with(kSecure);
    if (!secure && !url.starts_with(kPlain)) return refuse();
    std::string_view rest = url.substr(secure ? kSecure.size() : kPlain.size());
    if (rest.ends_with('/')) rest.remove_suffix(1);
    const size_t colon = rest.rfind(':');
    uint32_t port = secure ? 443 : 80;
    if (colon != std::string_view::npos) {
        const char* const end = rest.data() + rest.size();
        const auto read = std::from_chars(rest.data() + colon + 1, end, port);
        if (read.ec != std::errc() || read.ptr != end || port == 0 || port > 65535) return refuse();
        rest = rest.substr(0, colon);
    }
    if (rest.empty() || rest.find_first_of("/?#@") != std::string_view::npos) return refuse();
    Instance instance;
    instance.set_service(std::string(CanonicalService(service)));
    instance.set_instance("fixed-" + std::string(rest) + "-" + std::to_string(port));
    instance.set_host(std::string(rest));
    instance.set_http_port(port);
    instance.set_status("healthy");
    return instance;
}

}  // namespace mp::registry
