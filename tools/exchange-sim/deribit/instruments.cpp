#include "exchange-sim/deribit/instruments.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "exchange-sim/json_writer.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::deribit {
namespace {

constexpr std::int64_t kNever = 32'503'708'800'000;  // how a perpetual's expiry is written
constexpr std::array<std::string_view, 12> kMonths{
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

// 08:00 UTC of a day such as 25DEC26; 0 where it is none.
std::int64_t ExpiryOf(std::string_view day) {
    using namespace std::chrono;
    if (day.size() < 6) return 0;
    const std::size_t digits = day.size() - 5;
    const auto number = ParseNumber<unsigned>(day.substr(0, digits));
    const auto year_number = ParseNumber<int>(day.substr(day.size() - 2));
    const auto month_name = std::ranges::find(kMonths, day.substr(digits, 3));
    if (!number || !year_number || month_name == kMonths.end()) return 0;
    const year_month_day date{
        year(2000 + *year_number),
        month(static_cast<unsigned>(month_name - kMonths.begin()) + 1),
        std::chrono::day(*number)};
    return duration_cast<milliseconds>((sys_days(date) + hours(8)).time_since_epoch()).count();
}

// 1d02 stands for 1.02.
std::string StrikeOf(std::string_view text) {
    std::string strike(text);
    std::ranges::replace(strike, 'd', '.');
    return strike;
}

}  // namespace

std::string RowOf(const Instrument& instrument) {
    const bool option = instrument.kind == "option";
    const bool in_coin = instrument.option() && instrument.counter == "USD";
    const bool linear = instrument.counter != "USD";
    JsonWriter json;
    json.Open('{').Text("instrument_name", instrument.symbol).Text("kind", instrument.kind);
    json.Text("base_currency", instrument.base);
    json.Text("quote_currency", in_coin ? instrument.base : instrument.counter);
    json.Text("counter_currency", instrument.counter);
    json.Text("settlement_currency", linear ? instrument.counter : instrument.base);
    json.Text("instrument_type", linear ? "linear" : "reversed");
    json.Number("tick_size", StepE8(instrument.price_digits)).Key("tick_size_steps").Raw("[]");
    json.Number("min_trade_amount", StepE8(instrument.quantity_digits));
    json.Number("contract_size", instrument.inverse() ? 10 * kE8 : kE8);
    json.Integer("creation_timestamp", 1'534'167'754'000);
    const bool perpetual = instrument.expiry_ms == 0;
    json.Integer("expiration_timestamp", perpetual ? kNever : instrument.expiry_ms);
    json.Text("settlement_period", perpetual ? "perpetual" : "month");
    if (option) {
        json.Key("strike").Raw(instrument.strike);
        json.Text("option_type", instrument.call ? "call" : "put");
    }
    json.Text("state", "open").Key("is_active").Raw("true");
    json.Text("price_index", Concat(Lower(instrument.base), "_", Lower(instrument.counter)));
    json.Close('}');
    return json.text();
}

std::string Instrument::market() const {
    if (option()) return "option";
    return counter == "USD" ? "inverse" : "linear";
}

std::string DayName(std::int64_t time_ms) {
    using namespace std::chrono;
    const year_month_day date(floor<days>(sys_time<milliseconds>(milliseconds(time_ms))));
    return Concat(
        static_cast<unsigned>(date.day()),
        kMonths[static_cast<unsigned>(date.month()) - 1],
        static_cast<int>(date.year()) % 100
    );
}

Instrument GuessInstrument(std::string_view name) {
    const auto parts = Split(name, '-');
    Instrument guess;
    guess.symbol = name;
    guess.kind = "future";
    const std::string_view pair = parts.empty() ? name : parts[0];
    const std::size_t cut = pair.find('_');
    guess.base = pair.substr(0, cut);
    guess.counter = cut == std::string_view::npos ? "USD" : std::string(pair.substr(cut + 1));
    if (parts.size() > 1) guess.expiry_ms = ExpiryOf(parts[1]);
    if (parts.size() == 4) {
        guess.kind = "option";
        guess.strike = StrikeOf(parts[2]);
        guess.call = parts[3] == "C";
        guess.quantity_digits = 1;
    }
    return guess;
}

void Instruments::AddRecorded(std::string_view answer) {
    ForEachElement(FindValue(answer, "result"), [this](std::string_view row) {
        const std::string_view name = FindString(row, "instrument_name");
        if (name.empty()) return;
        Instrument instrument = GuessInstrument(name);
        if (const auto kind = FindString(row, "kind"); !kind.empty()) instrument.kind = kind;
        AddRow(instrument, row);
    });
}

std::string Instruments::Render(std::string_view currency, std::string_view kind) const {
    const auto fits = [](std::string_view wanted, const std::string& has) {
        return wanted.empty() || wanted == "any" || wanted == has;
    };
    return RenderIf([&](const Instrument& each) {
        const bool counts = each.counter != "USD" && currency == each.counter;
        return (counts || fits(currency, each.base)) && fits(kind, each.kind);
    });
}

}  // namespace mp::sim::deribit
