#include "storage/engines/clickhouse/in_parallel.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace mp::storage::clickhouse {

Status InParallel(std::span<const std::function<Status()>> jobs, size_t threads) {
    std::vector<Status> ended(jobs.size());
    std::atomic<size_t> next{0};
    std::atomic<bool> failed{false};
    const auto work = [&] {
        for (size_t job = next++; job < jobs.size() && !failed; job = next++) {
            ended[job] = jobs[job]();
            if (!ended[job].ok()) failed = true;
        }
    };
    std::vector<std::thread> others;
    for (size_t i = 1; i < std::min(threads, jobs.size()); ++i) others.emplace_back(work);
    work();
    for (std::thread& other : others) other.join();
    const auto error =
        std::find_if(ended.begin(), ended.end(), [](const Status& status) { return !status.ok(); });
    return error == ended.end() ? OkStatus() : *error;
}

}  // namespace mp::storage::clickhouse
