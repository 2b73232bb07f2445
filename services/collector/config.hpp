#pragma once
// The collector's configuration: config/base.yaml explains every key.

#include <cstdint>
#include <string>
#include <vector>

#include "bus/connection.hpp"
#include "bus/publisher.hpp"
#include "collector/capture/raw_capture.hpp"
#include "collector/feed/feed_config.hpp"
#include "collector/venues/venue_config.hpp"
#include "config/command_line.hpp"
#include "config/reader.hpp"
#include "config/service_config.hpp"
#include "tls/config.hpp"

namespace mp::collector {

struct BusConfig {
    bus::ConnectionConfig connection;
    bus::AsyncPublisher::Config publisher;
    uint32_t shards = 8;
    int replicas = 1;
    uint64_t stream_max_bytes = uint64_t{4} << 30;
    Duration startup_wait = std::chrono::seconds(10);
};

struct SpoolConfig {
    std::string path = ".run/spool";
    uint64_t max_bytes = uint64_t{2} << 30;
    uint64_t segment_bytes = uint64_t{8} << 20;
};

struct RestConfig {
    double share_without_bus = 0.1;  // of a venue's budget, for a collector that has no bus
};

struct BatchConfig {
    uint64_t max_bytes = 64u << 10;
    Duration max_delay = std::chrono::milliseconds(1);
    uint32_t eager_in_flight = 16;
};

// How instruments are shared among the collectors that live.
struct FleetConfig {
    bool enabled = true;    // false: this one collects everything, whoever else does
    size_t redundancy = 1;  // how many collect the same instrument
    // The longest that a collector that stops waits for others to take over; half of it a new owner
    // waits for its books before it says that it flows.
    Duration handover = std::chrono::seconds(10);
};

struct CollectorConfig {
    config::ServiceConfig service;
    tls::Config tls;
    BusConfig bus;
    SpoolConfig spool;
    BatchConfig batch;
    RestConfig rest;
    RawCaptureConfig raw_capture;
    Duration coverage_interval = std::chrono::milliseconds(200);
    FeedConfig feed;
    FleetConfig fleet;
    std::vector<VenueConfig> venues;
};

config::Program CollectorProgram();
void ReadConfig(config::Reader& reader, CollectorConfig& config);

}  // namespace mp::collector
