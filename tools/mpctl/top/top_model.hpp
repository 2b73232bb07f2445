#pragma once
// What `mpctl top` shows, computed from two snapshots. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mpctl/system/snapshot.hpp"

namespace mp::mpctl {

// One exchange and data type.
struct FeedRow {
    std::string exchange;
    std::string data_type;
    double messages_per_second = 0;
    std::optional<double> to_store_p50;  // seconds; nothing: no message in between
    std::optional<double> to_store_p99;
    std::optional<double> to_subscriber_p50;
    std::optional<double> to_subscriber_p99;
    uint64_t rows_stored = 0;  // all there are
    uint64_t gaps = 0;         // that the store lists
};

struct ServiceRow {
    std::string service;
    std::string instance;
    std::string state;
    std::string version;
    std::optional<double> uptime_seconds;
    std::optional<double> memory_bytes;
    std::optional<double> cpu;  // cores in use
    std::string complaint;      // the first one; empty: none
};

struct TopModel {
    std::vector<FeedRow> feeds;  // by exchange, then data type
    std::vector<ServiceRow> services;
    double messages_per_second = 0;
    std::optional<uint64_t> rows_in_store;  // all there are
    uint64_t gaps = 0;
    double window_seconds = 0;
};

TopModel BuildTop(const Snapshot& older, const Snapshot& newer);

}  // namespace mp::mpctl
