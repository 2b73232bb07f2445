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
        entry.socket_path,
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

VenueEntry& RecordedEntries::Of(const std::string& market) {
    VenueEntry& entry = entries_[market];
    entry.exchange = exchange_;
    entry.market = market;
    return entry;
}

void RecordedEntries::Add(
    const std::string& market,
    const std::string& symbol,
    std::uint32_t stream,
    const std::set<std::string>& types,
    const std::string& interval
) {
    VenueEntry& entry = Of(market);
    entry.data_types.insert(types.begin(), types.end());
    if (!interval.empty()) entry.kline_intervals.insert(interval);
    if (std::ranges::find(entry.symbols, symbol) == entry.symbols.end()) {
        entry.symbols.push_back(symbol);
    }
    streams_.push_back(stream);
}

std::vector<VenueEntry> RecordedEntries::Take() {
    std::vector<VenueEntry> entries;
    for (auto& [market, entry] : entries_) {
        if (!entry.data_types.empty()) entries.push_back(std::move(entry));
    }
    return entries;
}

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
