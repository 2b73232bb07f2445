#include "exchange-sim/binance/text_book.hpp"

#include "exchange-sim/json_text.hpp"

namespace mp::sim::binance {

void TextBook::Seed(std::string_view snapshot) {
    bids_.clear();
    asks_.clear();
    last_ = FindInteger(snapshot, "lastUpdateId").value_or(0);
    ApplySide(FindValue(snapshot, "bids"), bids_);
    ApplySide(FindValue(snapshot, "asks"), asks_);
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
    ApplySide(FindValue(delta, "b"), bids_);
    ApplySide(FindValue(delta, "a"), asks_);
}

template <typename Side>
void TextBook::ApplySide(std::string_view levels, Side& side) {
    ForEachElement(levels, [&side](std::string_view level) {
        std::string_view parts[2];
        std::size_t count = 0;
        ForEachElement(level, [&](std::string_view part) {
            if (count < 2) parts[count] = Unquoted(part);
            ++count;
        });
        const auto key = ParseDecimalKey(parts[0]);
        if (count < 2 || !key) return;
        if (IsZeroText(parts[1])) {
            side.erase(*key);
        } else {
            side[*key] = {std::string(parts[0]), std::string(parts[1])};
        }
    });
}

template <typename Side>
void TextBook::RenderSide(const Side& side, std::size_t limit, std::string& out) {
    out += '[';
    std::size_t count = 0;
    for (const auto& [key, level] : side) {
        if (count++ == limit) break;
        if (count > 1) out += ',';
        out.append("[\"").append(level.first).append("\",\"").append(level.second).append("\"]");
    }
    out += ']';
}

std::string TextBook::Render(std::size_t limit) const {
    std::string out = "{\"lastUpdateId\":";
    AppendInteger(out, last_);
    out += ",\"bids\":";
    RenderSide(bids_, limit, out);
    out += ",\"asks\":";
    RenderSide(asks_, limit, out);
    out += '}';
    return out;
}

}  // namespace mp::sim::binance
