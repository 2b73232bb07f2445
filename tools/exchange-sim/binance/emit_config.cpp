#include "exchange-sim/binance/emit_config.hpp"

#include "exchange-sim/text.hpp"

namespace mp::sim::binance {

namespace {

std::string Quoted(const std::vector<std::string>& texts) {
    return texts.empty() ? "" : Concat("\"", Join(texts, "\", \""), "\"");
}

}  // namespace

std::string RenderCollectorConfig(
    const CollectorSettings& settings, const std::string& host, int port
) {
    return Concat(
        "venues:\n",
        // The shipped configuration's own entry would be collected beside it.
        settings.market == "spot" ? "" : "  binance_spot:\n    enabled: false\n",
        "  binance_",
        settings.market,
        ":\n"
        "    exchange: binance\n"
        "    market: ",
        settings.market,
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
        Quoted(settings.symbols),
        "]\n"
        "    data_types: [",
        Join(settings.data_types, ", "),
        "]\n"
        "    trade_channel: ",
        settings.trade_channel,
        "\n"
        "    kline_intervals: [",
        Join(settings.kline_intervals, ", "),
        "]\n"
        "    book_stream: ",
        settings.book_stream,
        "\n"
        "    snapshot_depth: ",
        settings.snapshot_depth,
        "\n"
    );
}

}  // namespace mp::sim::binance
