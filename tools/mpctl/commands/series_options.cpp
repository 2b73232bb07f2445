#include "mpctl/commands/series_options.hpp"

#include <absl/strings/str_join.h>

#include <CLI/CLI.hpp>

namespace mp::mpctl {

void SeriesOptions::AddTo(CLI::App& command) {
    command.add_option("symbol", symbol, "canonical (BTC-USDT) or the venue's own (BTCUSDT)")
        ->required();
    AddPlace(command);
}

void SeriesOptions::AddSeveralTo(CLI::App& command) {
    command
        .add_option(
            "symbols",
            symbols,
            "one or several, canonical or the venue's own, or exchange:market:symbol"
        )
        ->required();
    AddPlace(command);
}

void SeriesOptions::AddPlace(CLI::App& command) {
    command.add_option("-e,--exchange", exchange, "the exchange")->capture_default_str();
    command.add_option("-m,--market", market, "spot, linear, inverse or option")
        ->check(CLI::IsMember({"spot", "linear", "inverse", "option"}));
}

Query SeriesOptions::ToQuery() const {
    if (symbols.empty()) return {{"exchange", exchange}, {"market", market}, {"symbol", symbol}};
    const bool alone = symbols.size() == 1 && symbols[0].find(':') == std::string::npos;
    const std::string name = alone ? "symbol" : "symbols";
    return {{"exchange", exchange}, {"market", market}, {name, absl::StrJoin(symbols, ",")}};
}

void PageOptions::AddTo(CLI::App& command) {
    command.add_option("--start", start, "inclusive: RFC 3339, or milliseconds or nanoseconds");
    command.add_option("--end", end, "exclusive");
    command.add_option("-n,--limit", limit, "rows")->check(CLI::Range(1, 10'000));
    command.add_option("--cursor", cursor, "where the answer before ended");
}

void PageOptions::AppendTo(Query& query, uint32_t default_limit) const {
    query.emplace_back("start", start);
    query.emplace_back("end", end);
    query.emplace_back("limit", std::to_string(limit == 0 ? default_limit : limit));
    query.emplace_back("cursor", cursor);
}

}  // namespace mp::mpctl
