// Subjects, instrument keys and canonical symbols.
#include "fuzz.hpp"
#include "model/instrument.hpp"
#include "model/symbol.hpp"

namespace mp::fuzz {
namespace {

std::optional<std::string> Rebuild(const model::ParsedSymbol& symbol) {
    switch (symbol.kind) {
        case model::SymbolKind::kSpot:
            return model::SpotSymbol(symbol.base, symbol.quote);
        case model::SymbolKind::kPerpetual:
            return model::PerpetualSymbol(symbol.base, symbol.quote);
        case model::SymbolKind::kDated:
            return model::DatedSymbol(symbol.base, symbol.quote, symbol.expiry);
        case model::SymbolKind::kOption:
            return model::OptionSymbol(
                symbol.base, symbol.quote, symbol.expiry, symbol.strike, symbol.option_type
            );
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::string> Seeds() {
    return {
        "md.binance.spot.trade.3",
        "binance|spot|BTC-USDT",
        "BTC-USDT",
        "BTC-USDT-PERP",
        "BTC-USD-20261225",
        "BTC-USD-20261225-80000-C",
        "BTC-USD-20261225-1.02-P",
    };
}

void Try(std::string_view input) {
    if (const auto parts = model::ParseSubject(input)) {
        const std::string again =
            "md." + std::string(parts->exchange) + "." + std::string(ToString(parts->market)) +
            "." + std::string(ToString(parts->data_type)) + "." + std::to_string(parts->shard);
        Require(again == input, "a subject has one text");
    }
    if (const auto instrument = model::ParseInstrumentKey(input)) {
        Require(model::InstrumentKey(*instrument) == input, "an instrument's key has one text");
    }
    if (const auto symbol = model::ParseSymbol(input)) {
        const auto again = Rebuild(*symbol);
        Require(again && *again == input, "a symbol is exactly what the builders make");
    }
}

}  // namespace mp::fuzz
