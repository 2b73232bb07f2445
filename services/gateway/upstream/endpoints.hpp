#pragma once
// The instances of another service that can be called: picks one from the directory, keeps a
// channel to each, and guards each with a circuit breaker of its own, so that a restarted instance
// starts afresh. A breaker opens where an instance cannot be reached; a question that takes too
// long says nothing about it, and an instance that hangs leaves the directory: it is `gone` then,
// for the calls under way too. One io_context thread; the dispatcher, the directory, the
// registry of metrics and the certificates (null: plain) outlive it, and the directory reports to
// it as long as it runs.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "registry/directory.hpp"
#include "reliability/circuit_breaker.hpp"
#include "reliability/metrics.hpp"
#include "rpc/client.hpp"
#include "rpc/peer_channel.hpp"
#include "runtime/condition.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::gateway {

template <class Service>
class Endpoints {
  public:
    using Client = rpc::Client<Service>;

    struct BreakerConfig {
        int failure_threshold = 5;
        Duration open_for = std::chrono::seconds(60);
    };

    struct Endpoint {
        Endpoint(
            const rpc::Dispatcher& dispatcher,
            rpc::PeerChannel a_channel,
            const std::string& name,
            reliability::CircuitBreaker::Config config,
            telemetry::MetricRegistry& metrics
        )
            : channel(std::move(a_channel)),
              client(dispatcher, channel.Get()),
              breaker(name, std::move(config)),
              readings(reliability::Expose(metrics, name, breaker)) {}

        rpc::PeerChannel channel;
        Client client;
        reliability::CircuitBreaker breaker;
        reliability::Readings readings;
        runtime::Event gone;   // left the directory without a word
        bool leaving = false;  // said that it will: what it was asked it still answers
    };
    using Ref = std::shared_ptr<Endpoint>;  // shared with calls under way

    Endpoints(
        std::string service,
        BreakerConfig breakers,
        const rpc::Dispatcher& dispatcher,
        registry::Directory& directory,
        telemetry::MetricRegistry& metrics,
        const tls::Credentials* tls
    )
        : service_(std::move(service)),
          breakers_(breakers),
          dispatcher_(dispatcher),
          directory_(directory),
          metrics_(metrics),
          tls_(tls) {
        directory_.OnChange([this](const std::string& changed) {
            if (changed == service_) Follow();
        });
    }
    Endpoints(const Endpoints&) = delete;
    Endpoints& operator=(const Endpoints&) = delete;

    // Unavailable, naming the service, where no instance lives. One that cannot be reached stays
    // listed for some seconds: another one is asked meanwhile.
    Result<Ref> Pick() {
        const Result<registry::Instance> instance = directory_.Pick(service_);
        if (!instance.ok()) {
            return absl::UnavailableError(
                service_ + " is not available: no live instance in the registry"
            );
        }
        Ref picked = Of(*instance);
        if (!picked->breaker.IsOpen()) return picked;
        return PickOther(picked);
    }

    // Another one than `tried` where there is one that can be asked.
    Ref PickOther(const Ref& tried) {
        const std::vector<Ref> others = OthersThan(tried);
        return others.empty() ? tried : others.front();
    }

    std::vector<Ref> OthersThan(const Ref& tried) {
        std::vector<Ref> others;
        for (const registry::Instance& instance : directory_.Instances(service_)) {
            if (instance.draining()) continue;
            Ref endpoint = Of(instance);
            if (endpoint != tried && !endpoint->breaker.IsOpen()) {
                others.push_back(std::move(endpoint));
            }
        }
        return others;
    }

    // Whether any instance lives.
    bool listed() const { return listed_; }

  private:
    static constexpr size_t kMax = 32;

    static std::string TargetOf(const registry::Instance& instance) {
        return instance.host() + ":" + std::to_string(instance.grpc_port());
    }
    static std::string KeyOf(const registry::Instance& instance) {
        return instance.instance() + "@" + TargetOf(instance);
    }

    void Follow() {
        listed_ = directory_.Pick(service_).ok();
        std::map<std::string, bool> leaving;
        for (const registry::Instance& instance : directory_.Instances(service_)) {
            leaving[KeyOf(instance)] = instance.draining();
        }
        for (const auto& [key, endpoint] : endpoints_) {
            const auto there = leaving.find(key);
            if (there != leaving.end()) {
                endpoint->leaving = there->second;
                endpoint->gone.Reset();
            } else if (!endpoint->leaving) {
                endpoint->gone.Set();
            }
        }
    }

    Ref Of(const registry::Instance& instance) {
        const std::string target = TargetOf(instance);
        const std::string key = KeyOf(instance);
        if (const auto it = endpoints_.find(key); it != endpoints_.end()) {
            Endpoint& known = *it->second;
            const auto& channel = known.channel.Get();
            if (channel != known.client.channel()) known.client = Client(dispatcher_, channel);
            return it->second;
        }
        DropIdle();
        auto endpoint = std::make_shared<Endpoint>(
            dispatcher_,
            rpc::PeerChannel(target, service_, tls_),
            key,
            reliability::CircuitBreaker::Config{
                .failure_threshold = breakers_.failure_threshold,
                .open_for = breakers_.open_for,
                .counts = [](const Status& status) { return absl::IsUnavailable(status); }},
            metrics_
        );
        return endpoints_.emplace(key, std::move(endpoint)).first->second;
    }

    // Instances come and go for years; those that nobody calls any more are forgotten.
    void DropIdle() {
        if (endpoints_.size() < kMax) return;
        std::erase_if(endpoints_, [](const auto& entry) { return entry.second.use_count() == 1; });
    }

    const std::string service_;
    const BreakerConfig breakers_;
    const rpc::Dispatcher& dispatcher_;
    registry::Directory& directory_;
    telemetry::MetricRegistry& metrics_;
    const tls::Credentials* const tls_;
    bool listed_ = false;
    std::map<std::string, Ref> endpoints_;
};

}  // namespace mp::gateway
