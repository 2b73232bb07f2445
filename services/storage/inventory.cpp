#include "storage/inventory.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/deadline.hpp"
#include "runtime/heap.hpp"
#include "runtime/sleep.hpp"
#include "storage/query/catalog.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

constexpr Duration kRowsEvery = 1s;
constexpr Duration kSizeEvery = 10s;
constexpr Duration kGapsEvery = 5s;
constexpr int kGapsShare = 100;  // at most one part in so many of a thread's time

}  // namespace

Task<Status> Inventory::Run() {
    Deadline size_due = Deadline::After(0s);
    Deadline gaps_due = Deadline::After(0s);
    while (true) {
        co_await CountRows();
        ReportEndpoints();
        if (size_due.Passed()) {
            co_await MeasureSize();
            size_due = Deadline::After(kSizeEvery);
        }
        if (gaps_due.Passed()) {
            const Duration took = co_await CountGaps();
            gaps_due = Deadline::After(std::max(kGapsEvery, kGapsShare * took));
        }
        co_await runtime::Sleep(kRowsEvery);
    }
}

Task<> Inventory::CountRows() {
    auto series = co_await pool_.Run([this] { return engine_.ListSeries(); });
    if (!series.ok()) co_return;
    for (SeriesEntry& entry : *series) {
        if (!Tells()) entry.events = 0;
    }
    metrics_.Rows(*series);
}

void Inventory::ReportEndpoints() {
    std::vector<EndpointState> now = engine_.Endpoints();
    endpoints_.resize(now.size());
    for (size_t i = 0; i < now.size(); ++i) metrics_.Endpoint(now[i], endpoints_[i]);
    endpoints_ = std::move(now);
}

Task<> Inventory::MeasureSize() {
    // The engine's cache and its compactions leave holes everywhere.
    auto statistics = co_await pool_.Run([this] {
        runtime::TrimHeap();
        return engine_.Statistics();
    });
    if (!statistics.ok()) co_return;
    if (!Tells()) statistics->bytes_on_disk = statistics->series = 0;
    metrics_.Size(*statistics);
}

Task<Duration> Inventory::CountGaps() {
    const auto began = std::chrono::steady_clock::now();
    const auto gaps = co_await pool_.Run([this] { return storage::CountGaps(engine_); });
    if (gaps.ok()) {
        for (const auto& [key, count] : *gaps) {
            metrics_.Gaps(key.first, key.second, Tells() ? count : 0);
        }
    }
    co_return std::chrono::steady_clock::now() - began;
}

}  // namespace mp::storage
