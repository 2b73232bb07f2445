#include "telemetry/process_metrics.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace mp::telemetry {
namespace {

double ResidentBytes() {
    std::ifstream statm("/proc/self/statm");
    long total = 0;
    long resident = 0;
    statm >> total >> resident;
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double CpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double EntriesOf(const char* directory) {
    std::error_code error;
    double count = 0;
    for (auto entry = std::filesystem::directory_iterator(directory, error);
         !error && entry != std::filesystem::directory_iterator();
         entry.increment(error)) {
        ++count;
    }
    return count;
}

double Now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

ProcessMetrics::ProcessMetrics(
    MetricRegistry& registry, std::string_view service, std::string_view version
) {
    const auto add =
        [&](MetricRegistry::ReadKind kind, const char* name, const char* help, auto read) {
            readings_.push_back(registry.Read(kind, name, help, {}, read));
        };
    constexpr auto kGauge = MetricRegistry::ReadKind::kGauge;
    constexpr auto kCounter = MetricRegistry::ReadKind::kCounter;
    add(kGauge, "process_resident_memory_bytes", "Resident memory.", ResidentBytes);
    add(kCounter, "process_cpu_seconds_total", "User and system CPU time.", CpuSeconds);
    add(kGauge, "process_open_fds", "Open file descriptors.", [] {
        return EntriesOf("/proc/self/fd");
    });
    add(kGauge, "process_threads", "Threads.", [] { return EntriesOf("/proc/self/task"); });
    registry.MakeGauge("process_start_time_seconds", "Start of the process, Unix time.").Set(Now());
    registry.Gauges("marketprism_build_info", "What is running.", {"service", "version"})
        .With({service, version})
        .Set(1);
}

}  // namespace mp::telemetry
