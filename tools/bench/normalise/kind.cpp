#include "bench/normalise/kind.hpp"

#include <algorithm>
#include <fstream>

#include <nlohmann/json.hpp>

#include "collector/venues/binance/parse.hpp"
#include "collector/venues/bybit/parse.hpp"
#include "collector/venues/deribit/parse.hpp"
#include "collector/venues/okx/parse.hpp"

namespace mp::bench {
namespace {

std::unique_ptr<collector::FrameParser> MakeUsdMargined(const collector::SymbolTable& symbols) {
    return collector::binance::MakeContractParser(symbols, model::Market::kLinear);
}

constexpr std::string_view kBinance = R"("s":")";
constexpr std::string_view kOkx = R"("instId":")";
constexpr std::string_view kDeribit = R"("instrument_name":")";

// Peers: tardis-node 13.35 and ccapi, whichever is faster.
constexpr Kind kKinds[] = {
    {"binance trade", collector::binance::MakeSpotParser, kBinance, 950e3},
    {"binance depth", collector::binance::MakeSpotParser, kBinance, 191e3},
    {"binance bookTicker", collector::binance::MakeSpotParser, kBinance, 1.31e6},
    {"usd-m trade", MakeUsdMargined, kBinance, 0},
    {"usd-m depth", MakeUsdMargined, kBinance, 0},
    {"usd-m bookTicker", MakeUsdMargined, kBinance, 0},
    {"usd-m markPrice", MakeUsdMargined, kBinance, 0},
    {"okx trade", collector::okx::MakeParser, kOkx, 1.18e6},
    {"okx book", collector::okx::MakeParser, kOkx, 813e3},
    {"deribit book", collector::deribit::MakeParser, kDeribit, 893e3},
    {"deribit ticker", collector::deribit::MakeParser, kDeribit, 360e3},
    {"bybit book", collector::bybit::MakeParser, kBinance, 0},
};

struct Label {
    std::string_view exchange, market, data_type;  // an empty market: any
    std::string_view kind;
};
constexpr Label kLabels[] = {
    {"binance", "spot", "trade", "binance trade"},
    {"binance", "spot", "book_delta", "binance depth"},
    {"binance", "spot", "bbo", "binance bookTicker"},
    {"binance", "linear", "trade", "usd-m trade"},
    {"binance", "linear", "book_delta", "usd-m depth"},
    {"binance", "linear", "bbo", "usd-m bookTicker"},
    {"binance", "linear", "mark_price", "usd-m markPrice"},
    {"okx", "", "trade", "okx trade"},
    {"okx", "", "book_delta", "okx book"},
    {"deribit", "", "book_delta", "deribit book"},
    {"deribit", "", "ticker", "deribit ticker"},
    {"bybit", "", "book_delta", "bybit book"},
};

}  // namespace

const Kind& KindOf(std::string_view name) {
    return *std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) {
        return kind.name == name;
    });
}

const Kind* FindKind(
    std::string_view exchange, std::string_view market, std::string_view data_type
) {
    for (const Label& label : kLabels) {
        if (label.exchange != exchange || label.data_type != data_type) continue;
        if (label.market.empty() || label.market == market) return &KindOf(label.kind);
    }
    return nullptr;
}

Texts TextsFrom(const char* capture) {
    Texts texts;
    std::ifstream in(capture);
    for (std::string line; std::getline(in, line);) {
        const auto record = nlohmann::json::parse(line, nullptr, false);
        if (!record.is_object() || record.value("transport", "") != "ws") continue;
        const Kind* kind = FindKind(
            record.value("exchange", ""), record.value("market", ""), record.value("data_type", "")
        );
        if (kind != nullptr) texts[std::string(kind->name)].push_back(record.value("raw", ""));
    }
    return texts;
}

}  // namespace mp::bench
