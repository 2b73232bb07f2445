#include "exchange-sim/binance/text_book.hpp"

#include "exchange-sim/json_text.hpp"

namespace mp::sim::binance {
namespace {

template <typename Side>
void RenderSide(const Side& side, std::size_t limit, std::string& out) {
    out += '[';
    std::size_t count = 0;
    for (const auto& [key, level] : side) {
        if (count++ == limit) break;
        if (count > 1) out += ',';
        out.append("[\"").append(level.first).append("\",\"").append(level.second).append("\"]");
    }
    out += ']';
}

}  // namespace

void TextBook::Seed(std::string_view snapshot) {
    sides_.Clear();
    last_ = FindInteger(snapshot, "lastUpdateId").value_or(0);
    ApplySides(FindValue(snapshot, "bids"), FindValue(snapshot, "asks"));
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
    ApplySides(FindValue(delta, "b"), FindValue(delta, "a"));
}

void TextBook::ApplySides(std::string_view bids, std::string_view asks) {
    ForEachLevel(bids, [this](std::string_view price, std::string_view quantity, auto) {
        sides_.SetBid(price, quantity);
    });
    ForEachLevel(asks, [this](std::string_view price, std::string_view quantity, auto) {
        sides_.SetAsk(price, quantity);
    });
}

std::string TextBook::Render(std::size_t limit) const {
    std::string out = "{\"lastUpdateId\":";
    AppendInteger(out, last_);
    out += ",\"bids\":";
    RenderSide(sides_.bids(), limit, out);
    out += ",\"asks\":";
    RenderSide(sides_.asks(), limit, out);
    out += '}';
    return out;
}

}  // namespace mp::sim::binance
