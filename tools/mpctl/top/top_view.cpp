#include "mpctl/top/top_view.hpp"

#include <algorithm>
#include <cmath>

#include "mpctl/text/display_width.hpp"
#include "mpctl/text/format.hpp"

namespace mp::mpctl {
namespace {

constexpr size_t kComplaintWidth = 60;

Tone ToneOf(const std::string& state) {
    if (state == "healthy") return Tone::kGood;
    if (state == "degraded" || state == "draining") return Tone::kWarning;
    return Tone::kBad;
}

template <typename Format>
std::string OrDash(std::optional<double> value, Format format) {
    return value ? format(*value) : "-";
}

Table FeedTable(const TopModel& model, size_t max_rows) {
    Table table({
        {"EXCHANGE"},
        {"DATA TYPE"},
        {"MSG/S", Align::kRight},
        {"TO STORE P50", Align::kRight},
        {"P99", Align::kRight},
        {"TO SUBSCRIBER P50", Align::kRight},
        {"P99", Align::kRight},
        {"ROWS STORED", Align::kRight},
        {"GAPS", Align::kRight},
    });
    for (const FeedRow& row : model.feeds) {
        if (table.rows() >= max_rows) break;
        table.Add(
            {row.exchange,
             row.data_type,
             FormatRate(row.messages_per_second),
             FormatLatency(row.to_store_p50),
             FormatLatency(row.to_store_p99),
             FormatLatency(row.to_subscriber_p50),
             FormatLatency(row.to_subscriber_p99),
             FormatCount(row.rows_stored),
             Cell(FormatCount(row.gaps), row.gaps > 0 ? Tone::kWarning : Tone::kPlain)}
        );
    }
    return table;
}

Table ServiceTable(const TopModel& model) {
    Table table({
        {"SERVICE"},
        {"INSTANCE"},
        {"STATE"},
        {"UP", Align::kRight},
        {"CPU", Align::kRight},
        {"MEMORY", Align::kRight},
        {"COMPLAINT"},
    });
    for (const ServiceRow& row : model.services) {
        table.Add(
            {row.service,
             row.instance,
             Cell(row.state, ToneOf(row.state)),
             OrDash(row.uptime_seconds, FormatAge),
             OrDash(
                 row.cpu,
                 [](double cores) { return std::to_string(std::lround(cores * 100)) + "%"; }
             ),
             OrDash(row.memory_bytes, FormatBytes),
             Clip(row.complaint, kComplaintWidth)}
        );
    }
    return table;
}

std::string Headline(const TopModel& model, const std::string& title, Nanos now) {
    std::string line = "MarketPrism  " + title + "  " + FormatTime(now).substr(0, 19) + "Z";
    line += "   messages/s " + FormatRate(model.messages_per_second);
    line += "   rows " + (model.rows_in_store ? FormatCount(*model.rows_in_store) : "-");
    return line + "   gaps " + FormatCount(model.gaps);
}

template <typename T>
Json OrNull(std::optional<T> value) {
    return value ? Json(*value) : Json(nullptr);
}

}  // namespace

std::string RenderTop(
    const TopModel& model, const std::string& title, Nanos now, const Style& style, size_t max_lines
) {
    // Headline, two blank lines, two lines of titles.
    const size_t fixed = 5 + model.services.size();
    const size_t room = max_lines > fixed ? max_lines - fixed : 1;
    const size_t rows = max_lines == 0 ? model.feeds.size() : std::min(room, model.feeds.size());

    std::string line = Headline(model, title, now);
    if (style.max_width > 0) line = Clip(line, style.max_width);
    std::string out = line + "\n\n";
    if (model.feeds.empty()) {
        out += "no market data yet\n";
    } else {
        out += FeedTable(model, rows).Render(style);
    }
    return out + "\n" + ServiceTable(model).Render(style);
}

Json TopAsJson(const TopModel& model, Nanos now) {
    Json feeds = Json::array();
    for (const FeedRow& row : model.feeds) {
        feeds.push_back({
            {"exchange", row.exchange},
            {"data_type", row.data_type},
            {"messages_per_second", row.messages_per_second},
            {"socket_to_store_p50_seconds", OrNull(row.to_store_p50)},
            {"socket_to_store_p99_seconds", OrNull(row.to_store_p99)},
            {"socket_to_subscriber_p50_seconds", OrNull(row.to_subscriber_p50)},
            {"socket_to_subscriber_p99_seconds", OrNull(row.to_subscriber_p99)},
            {"rows_stored", row.rows_stored},
            {"gaps", row.gaps},
        });
    }
    Json services = Json::array();
    for (const ServiceRow& row : model.services) {
        services.push_back({
            {"service", row.service},
            {"instance", row.instance},
            {"state", row.state},
            {"version", row.version},
            {"uptime_seconds", OrNull(row.uptime_seconds)},
            {"memory_bytes", OrNull(row.memory_bytes)},
            {"cpu_cores", OrNull(row.cpu)},
            {"complaint", row.complaint},
        });
    }
    return {
        {"time", FormatTime(now)},
        {"window_seconds", model.window_seconds},
        {"messages_per_second", model.messages_per_second},
        {"rows_in_store", OrNull(model.rows_in_store)},
        {"gaps", model.gaps},
        {"feeds", std::move(feeds)},
        {"services", std::move(services)},
    };
}

}  // namespace mp::mpctl
