#include "exchange-sim/deribit/text_book.hpp"

#include <array>

#include "exchange-sim/deribit/channel.hpp"
#include "exchange-sim/json_writer.hpp"

namespace mp::sim::deribit {
namespace {

// ["new"|"change"|"delete",price,amount]; of old, a deletion names the price alone.
template <typename Set>
void ApplySide(std::string_view entries, Set&& set) {
    ForEachElement(entries, [&](std::string_view entry) {
        std::array<std::string_view, 3> parts;
        std::size_t count = 0;
        ForEachElement(entry, [&](std::string_view part) {
            if (count < parts.size()) parts[count++] = Unquoted(part);
        });
        if (parts[0] == "delete") return set(parts[1], "0");
        if (count == parts.size()) set(parts[1], parts[2]);
    });
}

}  // namespace

void TextBook::Seed(std::string_view answer) {
    const std::string_view result = FindValue(answer, "result");
    Begin(true);
    sides_.SetAll(FindValue(result, "bids"), FindValue(result, "asks"));
    change_id_ = FindInteger(result, "change_id").value_or(0);
    time_ = FindValue(result, "timestamp");
}

void TextBook::Apply(std::string_view message) {
    const std::string_view data = FindValue(FindValue(message, "params"), "data");
    const bool whole =
        FindString(data, "type") == "snapshot" || !FindInteger(data, "prev_change_id");
    if (!Begin(whole)) return;
    ApplySide(FindValue(data, "bids"), [this](auto price, auto amount) {
        sides_.SetBid(price, amount);
    });
    ApplySide(FindValue(data, "asks"), [this](auto price, auto amount) {
        sides_.SetAsk(price, amount);
    });
    change_id_ = FindInteger(data, "change_id").value_or(0);
    time_ = FindValue(data, "timestamp");
}

void TextBook::WriteSides(JsonWriter& json, std::size_t limit, bool actions) const {
    const auto write = [&](const std::string& price, const std::string& amount) {
        if (actions) json.Text("new");
        json.Raw(price).Raw(amount);
    };
    TextSides::WriteSide(json, "bids", sides_.bids(), limit, write);
    TextSides::WriteSide(json, "asks", sides_.asks(), limit, write);
}

std::string TextBook::Render(std::size_t limit) const {
    JsonWriter json;
    json.Open('{').Key("timestamp").Raw(time_).Integer("change_id", change_id_);
    WriteSides(json, limit, false);
    json.Close('}');
    return json.text();
}

std::string TextBook::RenderStream(std::string_view stream) const {
    const auto channel = ParseChannel(stream);
    if (!seeded() || !channel) return {};
    JsonWriter json;
    json.Open('{').Text("jsonrpc", "2.0").Text("method", "subscription");
    json.Key("params").Open('{').Text("channel", stream).Key("data").Open('{');
    json.Text("type", "snapshot").Key("timestamp").Raw(time_);
    json.Text("instrument_name", channel->symbol).Integer("change_id", change_id_);
    WriteSides(json, kAll, true);
    json.Close('}').Close('}').Close('}');
    return json.text();
}

}  // namespace mp::sim::deribit
