#include "exchange-sim/bybit/text_book.hpp"

#include "exchange-sim/bybit/topic.hpp"
#include "exchange-sim/json_writer.hpp"

namespace mp::sim::bybit {

void TextBook::Seed(std::string_view answer) {
    Begin(true);
    Take(FindValue(answer, "result"));
}

void TextBook::Apply(std::string_view message) {
    const std::string_view data = FindValue(message, "data");
    const bool whole =
        FindString(message, "type") == "snapshot" || FindInteger(data, "u").value_or(0) == 1;
    if (!Begin(whole)) return;
    Take(data);
    sent_ms_ = FindInteger(message, "ts").value_or(0);
    engine_ms_ = FindInteger(message, "cts").value_or(0);
}

void TextBook::Take(std::string_view data) {
    sides_.SetAll(FindValue(data, "b"), FindValue(data, "a"));
    symbol_ = FindString(data, "s");
    update_ = FindInteger(data, "u").value_or(0);
    sequence_ = FindInteger(data, "seq").value_or(0);
}

void TextBook::WriteSides(JsonWriter& json, std::size_t limit) const {
    const auto write = [&json](const std::string& price, const std::string& quantity) {
        json.Text(price).Text(quantity);
    };
    TextSides::WriteSide(json, "b", sides_.bids(), limit, write);
    TextSides::WriteSide(json, "a", sides_.asks(), limit, write);
}

std::string TextBook::Render(std::size_t limit) const {
    JsonWriter json;
    json.Open('{').Text("s", symbol_);
    WriteSides(json, limit);
    json.Integer("ts", sent_ms_).Integer("u", update_).Integer("seq", sequence_);
    if (engine_ms_ != 0) json.Integer("cts", engine_ms_);
    json.Close('}');
    return json.text();
}

std::string TextBook::RenderStream(std::string_view stream) const {
    if (!seeded()) return {};
    JsonWriter json;
    json.Open('{').Text("topic", Plain(stream)).Text("type", "snapshot").Integer("ts", sent_ms_);
    json.Key("data").Open('{').Text("s", symbol_);
    WriteSides(json, kAll);
    json.Integer("u", update_).Integer("seq", sequence_).Close('}');
    if (engine_ms_ != 0) json.Integer("cts", engine_ms_);
    json.Close('}');
    return json.text();
}

}  // namespace mp::sim::bybit
