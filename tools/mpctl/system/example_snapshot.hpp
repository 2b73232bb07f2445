#pragma once
// A small system for unit tests: one instance of each service, all healthy.

#include <string>

#include "mpctl/system/snapshot.hpp"

namespace mp::mpctl {

inline InstanceState ExampleInstance(const std::string& service, const std::string& metrics) {
    InstanceState state;
    state.service = service;
    state.instance = "one";
    state.address = "127.0.0.1:1";
    state.version = "1.0.0";
    state.health = {
        {"status", "healthy"},
        {"timestamp", "2024-06-10T06:13:20.000000000Z"},
        {"uptime_seconds", 100.0},
        {"dependencies", Json::object()},
        {"checks", Json::object()}};
    state.metrics = Samples::Parse(metrics);
    return state;
}

// At `seconds` after the start; counters have grown by as many times what a second brings.
inline Snapshot ExampleSnapshot(int seconds, int gaps = 3) {
    const auto times = [&](int a_second) { return std::to_string(a_second * seconds); };
    const std::string type = "exchange=\"binance\",data_type=\"trade\"";
    Snapshot snapshot;
    snapshot.taken = (1'718'000'000 + seconds - 100) * kSecond;
    snapshot.steady = seconds * kSecond;
    snapshot.instances = {
        ExampleInstance(kGatewayService, "process_resident_memory_bytes 50000000\n"),
        ExampleInstance(
            kStorageService,
            "marketprism_messages_total{" + type + ",status=\"stored\"} " + times(9) +
                "\nmarketprism_messages_total{" + type + ",status=\"duplicate\"} " + times(1) +
                "\nmarketprism_socket_to_store_seconds_bucket{" + type + ",le=\"0.001\"} " +
                times(10) + "\nmarketprism_socket_to_store_seconds_bucket{" + type +
                ",le=\"+Inf\"} " + times(10) + "\nmarketprism_store_rows{" + type + "} " +
                times(9) + "\nmarketprism_store_gaps{" + type + "} " + std::to_string(gaps) +
                "\nmarketprism_store_disk_bytes 90000\n"
                "marketprism_store_disk_free_bytes 1e12\nprocess_start_time_seconds 1717999900\n"
        ),
        ExampleInstance(
            kCollectorService,
            "marketprism_messages_total{" + type + ",status=\"ok\"} " + times(10) +
                "\nmarketprism_connection_status{exchange=\"binance\"} 1\n"
                "marketprism_clock_offset_seconds{exchange=\"binance\"} 0.02\n"
                "marketprism_gaps_total{" +
                type + "} 3\n"
        ),
        ExampleInstance(kSchedulerService, "process_cpu_seconds_total " + times(1) + "\n"),
    };
    return snapshot;
}

}  // namespace mp::mpctl
