#include "mpctl/top/top_model.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "mpctl/system/changes.hpp"

namespace mp::mpctl {
namespace {

constexpr char kMessages[] = "marketprism_messages_total";
constexpr char kRows[] = "marketprism_store_rows";
constexpr char kGaps[] = "marketprism_store_gaps";
constexpr char kToStore[] = "marketprism_socket_to_store_seconds";
constexpr char kToSubscriber[] = "marketprism_socket_to_subscriber_seconds";

using FeedKey = std::pair<std::string, std::string>;

FeedKey KeyOf(const Labels& labels) {
    return {LabelOf(labels, "exchange"), LabelOf(labels, "data_type")};
}

uint64_t Whole(double count) {
    return static_cast<uint64_t>(std::llround(count));
}

// Collects the rows while the metrics are gone through.
class Feeds {
  public:
    Feeds(const Snapshot& older, const Snapshot& newer)
        : older_(older), newer_(newer), seconds_(SecondsBetween(older, newer)) {}

    void AddMessages() {
        for (const auto& [labels, total] : Totals(newer_, kCollectorService, kMessages)) {
            if (LabelOf(labels, "status") == "ok") Row(labels);
        }
        if (seconds_ <= 0) return;
        for (const auto& [labels, count] : Growth(older_, newer_, kCollectorService, kMessages)) {
            if (LabelOf(labels, "status") == "ok") {
                Row(labels).messages_per_second += count / seconds_;
            }
        }
    }

    void AddRowsAndGaps() {
        for (const auto& [labels, rows] : Totals(newer_, kStorageService, kRows)) {
            if (rows > 0) Row(labels).rows_stored += Whole(rows);
        }
        for (const auto& [labels, gaps] : Totals(newer_, kStorageService, kGaps)) {
            if (gaps > 0) Row(labels).gaps += Whole(gaps);
        }
    }

    void AddLatencies() {
        for (const auto& [key, seen] : LatenciesOf(kStorageService, kToStore)) {
            Row(key).to_store_p50 = seen.Quantile(0.5);
            Row(key).to_store_p99 = seen.Quantile(0.99);
        }
        for (const auto& [key, seen] : LatenciesOf(kGatewayService, kToSubscriber)) {
            Row(key).to_subscriber_p50 = seen.Quantile(0.5);
            Row(key).to_subscriber_p99 = seen.Quantile(0.99);
        }
    }

    std::vector<FeedRow> Take() {
        std::vector<FeedRow> rows;
        for (auto& [key, row] : rows_) rows.push_back(std::move(row));
        return rows;
    }

  private:
    // Of those that saw anything.
    std::map<FeedKey, Histogram> LatenciesOf(const char* service, const char* name) const {
        std::map<FeedKey, Histogram> latencies;
        for (const auto& [labels, seen] : Observed(older_, newer_, service, name)) {
            if (seen.count() > 0) latencies[KeyOf(labels)].Merge(seen);
        }
        return latencies;
    }

    FeedRow& Row(const Labels& labels) { return Row(KeyOf(labels)); }
    FeedRow& Row(const FeedKey& key) {
        FeedRow& row = rows_[key];
        row.exchange = key.first;
        row.data_type = key.second;
        return row;
    }

    const Snapshot& older_;
    const Snapshot& newer_;
    const double seconds_;
    std::map<FeedKey, FeedRow> rows_;
};

ServiceRow ServiceOf(const Snapshot& older, const Snapshot& newer, const InstanceState& state) {
    constexpr char kCpu[] = "process_cpu_seconds_total";
    ServiceRow row{state.service, state.instance, state.State(), state.version, {}, {}, {}, {}};
    if (state.health.is_object() && state.health.contains("uptime_seconds")) {
        const Json& uptime = state.health["uptime_seconds"];
        if (uptime.is_number()) row.uptime_seconds = uptime.get<double>();
    }
    row.memory_bytes = state.metrics.Sum("process_resident_memory_bytes");
    const InstanceState* const before = FindInstance(older, state);
    const double seconds = SecondsBetween(older, newer);
    if (before != nullptr && seconds > 0) {
        const auto now = state.metrics.Sum(kCpu);
        const auto then = before->metrics.Sum(kCpu);
        if (now && then && *now >= *then) row.cpu = (*now - *then) / seconds;
    }
    const std::vector<std::string> complaints = state.Complaints();
    if (!complaints.empty()) row.complaint = complaints.front();
    return row;
}

}  // namespace

TopModel BuildTop(const Snapshot& older, const Snapshot& newer) {
    Feeds feeds(older, newer);
    feeds.AddMessages();
    feeds.AddRowsAndGaps();
    feeds.AddLatencies();

    TopModel model;
    model.feeds = feeds.Take();
    model.window_seconds = SecondsBetween(older, newer);
    for (const FeedRow& row : model.feeds) {
        model.messages_per_second += row.messages_per_second;
        model.gaps += row.gaps;
    }
    for (const InstanceState& state : newer.instances) {
        model.services.push_back(ServiceOf(older, newer, state));
        if (state.service != kStorageService) continue;
        if (const auto rows = state.metrics.Sum(kRows)) {
            model.rows_in_store = model.rows_in_store.value_or(0) + Whole(*rows);
        }
    }
    return model;
}

}  // namespace mp::mpctl
