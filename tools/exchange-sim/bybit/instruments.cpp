#include "exchange-sim/bybit/instruments.hpp"

#include "exchange-sim/json_writer.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::bybit {
std::string RowOf(const Instrument& instrument) {
    const std::int64_t tick = StepE8(instrument.price_digits);
    const std::int64_t lot = StepE8(instrument.quantity_digits);
    JsonWriter json;
    json.Open('{').Text("symbol", instrument.symbol);
    const bool spot = instrument.category == "spot";
    if (!spot) json.Text("contractType", "LinearPerpetual");
    json.Text("status", "Trading").Text("baseCoin", instrument.base);
    json.Text("quoteCoin", instrument.quote);
    if (!spot) {
        json.Text("launchTime", "1584230400000").Text("deliveryTime", "0");
        json.Text("settleCoin", instrument.quote).Integer("fundingInterval", 480);
    }
    json.Key("priceFilter").Open('{').Decimal("tickSize", tick).Close('}');
    json.Key("lotSizeFilter").Open('{');
    json.Decimal(spot ? "basePrecision" : "qtyStep", lot).Decimal("minOrderQty", lot);
    json.Text(spot ? "minOrderAmt" : "minNotionalValue", "5").Close('}').Close('}');
    return json.text();
}

Instrument GuessInstrument(std::string_view category, std::string_view symbol) {
    Instrument guess;
    guess.symbol = symbol;
    guess.category = category;
    guess.base = symbol;
    guess.price_digits = guess.quantity_digits = 8;
    for (const std::string_view quote : {"USDT", "USDC", "USD", "BTC", "ETH", "EUR"}) {
        if (symbol.size() <= quote.size() || !symbol.ends_with(quote)) continue;
        guess.base = symbol.substr(0, symbol.size() - quote.size());
        guess.quote = quote;
        break;
    }
    return guess;
}

void Instruments::AddRecorded(std::string_view answer) {
    const std::string_view result = FindValue(answer, "result");
    const std::string_view category = FindString(result, "category");
    ForEachElement(FindValue(result, "list"), [&](std::string_view row) {
        const std::string_view symbol = FindString(row, "symbol");
        if (symbol.empty()) return;
        const Instrument instrument = GuessInstrument(category, symbol);
        AddRow(instrument, row);
    });
}

std::string Instruments::Render(
    std::string_view category,
    std::string_view symbol,
    std::size_t from,
    std::size_t limit,
    std::size_t& next
) const {
    std::size_t index = 0;
    next = 0;
    return RenderIf([&](const Instrument& each) {
        if (each.category != category || (!symbol.empty() && symbol != each.symbol)) return false;
        const std::size_t at = index++;
        if (at == from + limit) next = at;
        return at >= from && at < from + limit;
    });
}

}  // namespace mp::sim::bybit
