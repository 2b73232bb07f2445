#include "gateway/config.hpp"

#include <chrono>
#include <string_view>
#include <utility>

#include "bus/config.hpp"
#include "gateway/live/token_key.hpp"
#include "redis/config.hpp"
#include "registry/directory.hpp"

namespace mp::gateway {

using namespace std::chrono_literals;

namespace {

constexpr int64_t kMostAMinute = 1'000'000'000;

// A number of requests a minute.
void ReadLimit(config::Reader& reader, std::string_view key, reliability::RateLimit& limit) {
    reader.Get(key, &limit.limit, config::Between(1, kMostAMinute));
    limit.window = 60s;
}

// Empty, or http(s)://host:port.
void ReadUrl(
    config::Reader& reader, std::string_view key, std::string_view service, std::string& url
) {
    reader.Get(key, &url);
    if (url.empty()) return;
    const auto instance = registry::FixedInstance(service, url);
    if (!instance.ok()) reader.Fail(key, MessageOf(instance.status()));
}

}  // namespace

config::Program GatewayProgram() {
    return {
        .name = "mp-gateway",
        .description = "Serves market data over gRPC, REST and WebSocket.",
        .config_dir = "services/gateway/config",
        .well_known_names =
            {{"SERVICE_NAME", "service.name"},
             {"NATS_URL", "bus.url"},
             {"COLLECTOR_URL", "upstream.collector_url"},
             {"STORAGE_URL", "upstream.storage_url"},
             {"REDIS_URL", "redis.url"}},
        .taken_at_run_time = {"log.level", "limits.*"},
    };
}

void ReadConfig(config::Reader& reader, Config& config) {
    config.service.name = "api-gateway-service";
    config.service.http.port = 8000;
    config.service.grpc.port = 50050;
    config::Read(reader, &config.service, {"api-gateway"});
    config.tls.http = true;
    tls::Read(reader, &config.tls);

    config::Reader bus = reader.Section("bus");
    bus::Read(bus, &config.bus, &config.bus_replicas);
    config.bus.name = config.service.name;

    config::Reader upstream = reader.Section("upstream");
    upstream.Get("failure_threshold", &config.upstream.failure_threshold, config::Between(1, 1000));
    upstream.Get("open_for", &config.upstream.open_for, config::AtLeast(Duration(1ms)));
    upstream.Get("request_timeout", &config.request_timeout, config::AtLeast(Duration(1ms)));
    upstream.Get("max_calls", &config.upstream.max_calls, config::AtLeast(1));
    upstream.Get("max_streams", &config.upstream.max_streams, config::AtLeast(1));
    upstream.Get("hedge_after", &config.upstream.hedge_after, config::AtLeast(Duration(0)));
    upstream.Get("hedge_share", &config.upstream.hedge_share, config::Between(0.0, 1.0));
    ReadUrl(upstream, "collector_url", registry::kCollector, config.collector_url);
    ReadUrl(upstream, "storage_url", registry::kStorage, config.storage_url);

    config::Reader live = reader.Section("live");
    live.Get("queue_events", &config.live.queue.events, config::Between(16, 10'000'000));
    live.Get("queue_bytes", &config.live.queue.bytes, config::AtLeast(1 << 16));
    live.Get("max_series", &config.live.max_series, config::AtLeast(1));
    live.Get("max_subscriptions", &config.live.max_subscriptions, config::AtLeast(1));
    live.Get("max_connections", &config.websocket.max_connections, config::AtLeast(1));
    live.Get(
        "ping_every", &config.websocket.ping_every, config::Between(Duration(1ms), Duration(60s))
    );
    live.Get("write_timeout", &config.write_timeout, config::AtLeast(Duration(1ms)));
    config.websocket.write_timeout = config.write_timeout;
    live.GetSecret("token_secret", &config.token_secret);
    live.Get("token_key_path", &config.token_key_path, config::NotEmpty());

    config::Reader auth = reader.Section("auth");
    auth.Get("keys_path", &config.callers.keys_path, config::NotEmpty());
    auth.Get("insecure", &config.callers.insecure);
    config.callers.loopback_only =
        IsLoopback(config.service.http.host) && IsLoopback(config.service.grpc.host);

    config::Reader cache = reader.Section("cache");
    cache.Get("entries", &config.cache.entries, config::AtLeast(1));
    cache.Get("bytes", &config.cache.bytes, config::AtLeast(1));
    cache.Get("ttl", &config.cache.ttl, config::AtLeast(Duration(1ms)));
    cache.Get("instrument_ttl", &config.cache.instrument_ttl);
    cache.Get("quote_ttl", &config.cache.quote_ttl);
    cache.Get("max_stale", &config.cache.max_stale);
    config.cache.load_timeout = config.request_timeout;

    config::Reader redis = reader.Section("redis");
    redis::Read(redis, &config.shared.connection);
    SharedAnswersConfig& answers = config.shared.answers;
    redis.Get("timeout", &answers.timeout, config::Between(Duration(1ms), Duration(10s)));
    redis.Get("answer_ttl", &answers.ttl, config::Between(Duration(1s), Duration(24h)));
    redis.GetBytes("answer_bytes", &answers.max_bytes, config::Between(1, 8 << 20));
    redis.Get(
        "settle_every", &config.shared.settle_every, config::Between(Duration(10ms), Duration(10s))
    );

    config::Reader limits = reader.Section("limits");
    ReadLimit(limits, "anonymous", config.limits.anonymous);
    ReadLimit(limits, "per_key", config.limits.per_key);
    ReadLimit(limits, "control", config.limits.control);
    ReadLimit(limits, "global", config.limits.global);
}

std::vector<NamedUpstream> NamedByUrl(const Config& config) {
    std::vector<NamedUpstream> named;
    for (const auto& [service, url] :
         {std::pair{registry::kCollector, config.collector_url},
          std::pair{registry::kStorage, config.storage_url}}) {
        if (url.empty()) continue;
        auto instance = registry::FixedInstance(service, url);
        if (instance.ok()) named.push_back({*std::move(instance), url.starts_with("https:")});
    }
    return named;
}

Result<std::string> TokenKey(const Config& config) {
    if (!config.token_secret.empty()) return config.token_secret;
    return LoadOrMakeTokenKey(config.token_key_path);
}

}  // namespace mp::gateway
