#pragma once
// The gateway's configuration: config/base.yaml explains every key.

#include <cstdint>
#include <string>
#include <vector>

#include "bus/connection.hpp"
#include "config/command_line.hpp"
#include "config/reader.hpp"
#include "config/service_config.hpp"
#include "gateway/guard/caller.hpp"
#include "gateway/guard/limits.hpp"
#include "gateway/live/live.hpp"
#include "gateway/rest/answer_cache.hpp"
#include "gateway/shared/shared.hpp"
#include "gateway/upstream/upstream.hpp"
#include "gateway/upstream/url_upstreams.hpp"
#include "gateway/websocket/websocket_face.hpp"
#include "tls/config.hpp"

namespace mp::gateway {

struct Config {
    config::ServiceConfig service;
    tls::Config tls;
    bus::ConnectionConfig bus;
    int bus_replicas = 1;
    UpstreamConfig upstream;
    std::string collector_url;  // used while the registry lists none
    std::string storage_url;
    Duration request_timeout = std::chrono::seconds(10);
    LiveConfig live;
    WebSocketConfig websocket;
    Duration write_timeout = std::chrono::seconds(10);
    std::string token_secret;  // empty: the key file's
    std::string token_key_path = ".run/token.key";
    CallersConfig callers;
    LimitsConfig limits;
    CacheSettings cache;
    SharedConfig shared;
};

config::Program GatewayProgram();
void ReadConfig(config::Reader& reader, Config& config);

// The upstreams that the configuration names by URL.
std::vector<NamedUpstream> NamedByUrl(const Config& config);

// The configured secret, else that of the key file.
Result<std::string> TokenKey(const Config& config);

}  // namespace mp::gateway
