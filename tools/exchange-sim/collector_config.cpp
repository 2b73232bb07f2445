#include "exchange-sim/collector_config.hpp"

#include <algorithm>

#include "exchange-sim/text.hpp"

namespace mp::sim {

namespace {

std::string Quoted(const std::vector<std::string>& texts) {
    return texts.empty() ? "" : Concat("\"", Join(texts, "\", \""), "\"");
}

std::string Render(const VenueEntry& entry, const std::string& host, int port) {
    std::string out = Concat(
        "  ",
        entry.exchange,
        "_",
        entry.market,
        ":\n"
        "    exchange: ",
        entry.exchange,
        "\n"
        "    market: ",
        entry.market,
        "\n"
        "    enabled: true\n"
        "    rest_url: http://",
        host,
        ":",
        port,
        "\n"
        "    ws_url: ws://",
        host,
        ":",
        port,
        "\n"
        "    symbols: [",
        Quoted(entry.symbols),
        "]\n"
        "    data_types: [",
        Join(entry.data_types, ", "),
        "]\n"
        "    trade_channel: ",
        entry.trade_channel,
        "\n"
        "    kline_intervals: [",
        Join(entry.kline_intervals, ", "),
        "]\n"
    );
    if (!entry.book_stream.empty()) {
        out += Concat("    book_stream: ", entry.book_stream, "\n");
    }
    out += Concat("    snapshot_depth: ", entry.snapshot_depth, "\n");
    return out;
}

}  // namespace

std::string RenderCollectorConfig(
    const std::vector<VenueEntry>& entries, const std::string& host, int port
) {
    const bool shipped = std::ranges::any_of(entries, [](const VenueEntry& entry) {
        return entry.exchange == "binance" && entry.market == "spot";
    });
    std::string out = "venues:\n";
    // The shipped configuration's own entry would be collected beside it.
    if (!shipped) out += "  binance_spot:\n    enabled: false\n";
    for (const VenueEntry& entry : entries) out += Render(entry, host, port);
    return out;
}

}  // namespace mp::sim
