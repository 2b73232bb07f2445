#include "exchange-sim/bybit/text_book.hpp"

#include "exchange-sim/bybit/topic.hpp"
#include "exchange-sim/json_writer.hpp"

namespace mp::sim::bybit {
namespace {

template <typename Side>
void WriteSide(JsonWriter& json, std::string_view name, const Side& side, std::size_t limit) {
    json.Key(name).Open('[');
    for (const auto& [key, level] : side) {
        if (limit-- == 0) break;
        json.Open('[').Text(level.first).Text(level.second).Close(']');
    }
    json.Close(']');
}

}  // namespace

void TextBook::Seed(std::string_view answer) {
    sides_.Clear();
    seeded_ = true;
    Take(FindValue(answer, "result"));
}

void TextBook::Apply(std::string_view message) {
    const std::string_view data = FindValue(message, "data");
    const bool whole =
        FindString(message, "type") == "snapshot" || FindInteger(data, "u").value_or(0) == 1;
    if (whole) sides_.Clear();
    seeded_ = seeded_ || whole;
    if (!seeded_) return;
    Take(data);
    sent_ms_ = FindInteger(message, "ts").value_or(0);
    engine_ms_ = FindInteger(message, "cts").value_or(0);
}

void TextBook::Take(std::string_view data) {
    ForEachLevel(FindValue(data, "b"), [this](auto price, auto quantity, auto) {
        sides_.SetBid(price, quantity);
    });
    ForEachLevel(FindValue(data, "a"), [this](auto price, auto quantity, auto) {
        sides_.SetAsk(price, quantity);
    });
    symbol_ = FindString(data, "s");
    update_ = FindInteger(data, "u").value_or(0);
    sequence_ = FindInteger(data, "seq").value_or(0);
}

std::string TextBook::Render(std::size_t limit) const {
    JsonWriter json;
    json.Open('{').Text("s", symbol_);
    WriteSide(json, "b", sides_.bids(), limit);
    WriteSide(json, "a", sides_.asks(), limit);
    json.Integer("ts", sent_ms_).Integer("u", update_).Integer("seq", sequence_);
    if (engine_ms_ != 0) json.Integer("cts", engine_ms_);
    json.Close('}');
    return json.text();
}

std::string TextBook::RenderStream(std::string_view stream) const {
    if (!seeded_) return {};
    JsonWriter json;
    json.Open('{').Text("topic", Plain(stream)).Text("type", "snapshot").Integer("ts", sent_ms_);
    json.Key("data").Open('{').Text("s", symbol_);
    WriteSide(json, "b", sides_.bids(), sides_.bids().size());
    WriteSide(json, "a", sides_.asks(), sides_.asks().size());
    json.Integer("u", update_).Integer("seq", sequence_).Close('}');
    if (engine_ms_ != 0) json.Integer("cts", engine_ms_);
    json.Close('}');
    return json.text();
}

}  // namespace mp::sim::bybit
