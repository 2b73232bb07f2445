#include "exchange-sim/okx/instruments.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "exchange-sim/json_writer.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::okx {
namespace {

// 08:00 UTC of a day such as 241227.
std::int64_t ExpiryOf(std::string_view day) {
    using namespace std::chrono;
    const auto part = [day](std::size_t at) {
        return ParseNumber<int>(day.substr(at, 2)).value_or(1);
    };
    const year_month_day date{
        year(2000 + part(0)),
        month(static_cast<unsigned>(part(2))),
        std::chrono::day(static_cast<unsigned>(part(4)))};
    return duration_cast<milliseconds>((sys_days(date) + hours(8)).time_since_epoch()).count();
}

struct Terms {
    std::string expiry, strike, option_type;
};

// BTC-USD-241227-60000-C
Terms TermsOf(const Instrument& instrument) {
    const auto parts = Split(instrument.symbol, '-');
    Terms terms;
    if (instrument.type == "FUTURES" || instrument.type == "OPTION") {
        terms.expiry = Concat(ExpiryOf(parts[2]));
    }
    if (instrument.type == "OPTION") {
        terms.strike = parts[3];
        terms.option_type = parts[4];
    }
    return terms;
}

// What a contract stands for where nobody says: 100 (bitcoin) or 10 dollars, else a unit of the
// asset.
void WriteContract(JsonWriter& json, const Instrument& instrument) {
    const bool inverse = instrument.market() == "inverse";
    std::string size = instrument.base == "BTC" ? "0.01" : "1";
    if (inverse) size = instrument.base == "BTC" ? "100" : "10";
    if (instrument.type == "OPTION") size = "1";
    if (instrument.contract_e8 > 0) {
        size.clear();
        AppendPlainE8(size, instrument.contract_e8);
    }
    json.Text("ctVal", size).Text("ctMult", "1");
    json.Text("ctValCcy", inverse ? std::string_view("USD") : instrument.base);
    const bool dated_option = instrument.type == "OPTION";
    json.Text("ctType", dated_option ? "" : instrument.market());
    json.Text("settleCcy", inverse || dated_option ? instrument.base : instrument.quote);
}

}  // namespace

std::string RowOf(const Instrument& instrument) {
    const bool spot = instrument.type == "SPOT";
    const Terms terms = TermsOf(instrument);
    JsonWriter json;
    json.Open('{').Text("instType", instrument.type).Text("instId", instrument.symbol);
    json.Text("uly", spot ? "" : instrument.family());
    json.Text("instFamily", spot ? "" : instrument.family());
    json.Text("baseCcy", spot ? instrument.base : "")
        .Text("quoteCcy", spot ? instrument.quote : "");
    if (spot) {
        for (const char* none : {"ctVal", "ctMult", "ctValCcy", "ctType", "settleCcy"}) {
            json.Text(none, "");
        }
    } else {
        WriteContract(json, instrument);
    }
    json.Text("optType", terms.option_type).Text("stk", terms.strike);
    json.IntegerText("listTime", instrument.listed_ms).Text("expTime", terms.expiry);
    json.Decimal("tickSz", StepE8(instrument.price_digits));
    json.Decimal("lotSz", StepE8(instrument.quantity_digits));
    json.Decimal("minSz", StepE8(instrument.quantity_digits));
    json.Text("state", "live").Text("ruleType", "normal").Close('}');
    return json.text();
}

std::string Instrument::market() const {
    if (type == "SPOT") return "spot";
    if (type == "OPTION") return "option";
    return quote == "USD" ? "inverse" : "linear";
}

Instrument GuessInstrument(std::string_view id) {
    const auto parts = Split(id, '-');
    Instrument guess;
    guess.symbol = id;
    guess.base = parts.empty() ? "" : std::string(parts[0]);
    guess.quote = parts.size() < 2 ? "" : std::string(parts[1]);
    const bool dated = parts.size() > 2 && parts[2].size() == 6 &&
                       std::ranges::all_of(parts[2], [](char c) { return c >= '0' && c <= '9'; });
    guess.type = "SPOT";
    if (parts.size() == 3 && parts[2] == "SWAP") guess.type = "SWAP";
    if (parts.size() == 3 && dated) guess.type = "FUTURES";
    if (parts.size() == 5 && dated) guess.type = "OPTION";
    if (guess.type != "SPOT") guess.quantity_digits = 0;
    guess.price_digits = 8;
    return guess;
}

void Instruments::AddRecorded(std::string_view answer) {
    ForEachElement(FindValue(answer, "data"), [this](std::string_view row) {
        const std::string_view id = FindString(row, "instId");
        if (id.empty()) return;
        Instrument instrument = GuessInstrument(id);
        if (const auto type = FindString(row, "instType"); !type.empty()) instrument.type = type;
        AddRow(instrument, row);
    });
}

std::string Instruments::Render(const Filter& filter) const {
    const auto fits = [](std::string_view wanted, std::string_view has) {
        return wanted.empty() || wanted == has;
    };
    return RenderIf([&](const Instrument& each) {
        return fits(filter.type, each.type) && fits(filter.family, each.family()) &&
               fits(filter.id, each.symbol);
    });
}

std::string Instruments::RenderFamilies(std::string_view type) const {
    std::set<std::string> families;
    for (const auto& [id, entry] : entries()) {
        if (entry.instrument.type == type) families.insert(entry.instrument.family());
    }
    return families.empty() ? "[]" : Concat("[\"", Join(families, "\",\""), "\"]");
}

}  // namespace mp::sim::okx
