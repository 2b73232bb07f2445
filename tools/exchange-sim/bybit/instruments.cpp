#include "exchange-sim/bybit/instruments.hpp"

#include "exchange-sim/json_writer.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::bybit {
namespace {

std::string StepText(int digits) {
    std::int64_t step = kE8;
    for (int i = 0; i < digits; ++i) step /= 10;
    std::string text;
    AppendPlainE8(text, step);
    return text;
}

std::string RowOf(const Instrument& instrument) {
    const std::string tick = StepText(instrument.price_digits);
    const std::string lot = StepText(instrument.quantity_digits);
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
    json.Key("priceFilter").Open('{').Text("tickSize", tick).Close('}');
    json.Key("lotSizeFilter").Open('{');
    json.Text(spot ? "basePrecision" : "qtyStep", lot).Text("minOrderQty", lot);
    json.Text(spot ? "minOrderAmt" : "minNotionalValue", "5").Close('}').Close('}');
    return json.text();
}

}  // namespace

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

void Instruments::Add(const Instrument& instrument) {
    entries_.try_emplace(instrument.key(), Entry{instrument, RowOf(instrument)});
}

void Instruments::AddRecorded(std::string_view answer) {
    const std::string_view result = FindValue(answer, "result");
    const std::string_view category = FindString(result, "category");
    ForEachElement(FindValue(result, "list"), [&](std::string_view row) {
        const std::string_view symbol = FindString(row, "symbol");
        if (symbol.empty()) return;
        const Instrument instrument = GuessInstrument(category, symbol);
        entries_.insert_or_assign(instrument.key(), Entry{instrument, std::string(row)});
    });
}

const Instrument* Instruments::Find(std::string_view key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second.instrument;
}

std::string Instruments::Render(
    std::string_view category,
    std::string_view symbol,
    std::size_t from,
    std::size_t limit,
    std::size_t& next
) const {
    std::string out;
    std::size_t index = 0;
    next = 0;
    for (const auto& [key, entry] : entries_) {
        if (entry.instrument.category != category) continue;
        if (!symbol.empty() && symbol != entry.instrument.symbol) continue;
        const std::size_t at = index++;
        if (at < from) continue;
        if (at == from + limit) {
            next = at;
            break;
        }
        if (!out.empty()) out += ',';
        out += entry.json;
    }
    return out;
}

}  // namespace mp::sim::bybit
