#pragma once
// What every service is configured with, whatever it does. Sections: service, http, grpc, log,
// shutdown.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/duration.hpp"
#include "config/reader.hpp"

namespace mp::config {

struct ListenConfig {
    std::string host = "127.0.0.1";  // an IP address: Read takes localhost for this one
    uint16_t port = 0;               // 0: any free one
};

struct ServiceConfig {
    std::string name;            // the registry name; service.name must say it, or an alias
    std::string instance;        // service.instance: unique; default "<host>-<pid>", in a container
                                 // "<host>-<random>"
    std::string advertise_host;  // service.advertise_host: where others reach it; default: the
                                 // address it listens on, or the host name when that is a wildcard
    std::string zone;            // service.zone
    std::string version = MP_VERSION;  // service.version: under which it was released
    ListenConfig http;
    ListenConfig grpc;
    std::string log_level = "info";   // log.level: debug info warn error critical off
    std::string log_format = "auto";  // log.format: auto json text
    Duration drain_timeout = std::chrono::seconds(20);  // shutdown.drain_timeout
};

// Name and ports are the service's defaults, set before the call. `root`: the reader of the whole
// tree; `aliases`: what else the service may be called.
void Read(Reader& root, ServiceConfig* config, std::vector<std::string> aliases = {});

}  // namespace mp::config
