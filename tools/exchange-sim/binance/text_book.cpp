#include "exchange-sim/binance/text_book.hpp"

namespace mp::sim::binance {

void TextBook::Seed(std::string_view snapshot) {
    sides_.Clear();
    last_ = FindInteger(snapshot, "lastUpdateId").value_or(0);
    sides_.SetAll(FindValue(snapshot, "bids"), FindValue(snapshot, "asks"));
    seeded_ = true;
    current_ = true;
    bridged_ = false;
    for (const std::string& delta : recent_) Continue(delta);
}

void TextBook::Apply(std::string_view delta) {
    constexpr std::size_t kKept = 256;
    recent_.emplace_back(delta);
    if (recent_.size() > kKept) recent_.pop_front();
    if (seeded_) Continue(delta);
}

void TextBook::Continue(std::string_view delta) {
    const auto first = FindInteger(delta, "U");
    const auto last = FindInteger(delta, "u");
    if (!first || !last || *last <= last_) return;
    const auto previous = FindInteger(delta, "pu");
    const bool follows = previous ? *previous == last_ : *first == last_ + 1;
    const bool continues = follows || (!bridged_ && *first <= last_ + 1);
    if (!continues) current_ = false;
    bridged_ = true;
    last_ = *last;
    sides_.SetAll(FindValue(delta, "b"), FindValue(delta, "a"));
}

std::string TextBook::Render(std::size_t limit) const {
    JsonWriter json;
    const auto write = [&json](const std::string& price, const std::string& quantity) {
        json.Text(price).Text(quantity);
    };
    json.Open('{').Integer("lastUpdateId", last_);
    TextSides::WriteSide(json, "bids", sides_.bids(), limit, write);
    TextSides::WriteSide(json, "asks", sides_.asks(), limit, write);
    return json.Close('}').text();
}

}  // namespace mp::sim::binance
