#include "exchange-sim/okx/text_book.hpp"

#include <algorithm>

#include "exchange-sim/json_writer.hpp"
#include "exchange-sim/okx/checksum.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::okx {
namespace {

template <typename Side>
std::vector<TextLevel> Top(const Side& side) {
    constexpr std::size_t kDepth = 25;
    std::vector<TextLevel> top;
    for (const auto& [key, level] : side) {
        if (top.size() == kDepth) break;
        top.push_back(level);
    }
    return top;
}

}  // namespace

void TextBook::Seed(std::string_view answer) {
    ForEachElement(FindValue(answer, "data"), [this](std::string_view row) { Take(row, true); });
}

void TextBook::Apply(std::string_view message) {
    const bool whole = FindString(message, "action") == "snapshot";
    ForEachElement(FindValue(message, "data"), [&](std::string_view row) { Take(row, whole); });
}

void TextBook::Take(std::string_view row, bool whole) {
    if (!Begin(whole)) return;
    sides_.SetAll(FindValue(row, "bids"), FindValue(row, "asks"));
    sequence_ = FindInteger(row, "seqId");
    checksum_ = FindInteger(row, "checksum").value_or(0);
    time_ = FindString(row, "ts");
}

bool TextBook::current() const {
    if (!seeded() || checksum_ == 0) return seeded();
    return Checksum(Top(sides_.bids()), Top(sides_.asks())) == checksum_;
}

// Each level as ["8476.98","415","0","1"].
void TextBook::WriteSides(JsonWriter& json, std::size_t limit) const {
    const auto write = [&json](const std::string& price, const std::string& quantity) {
        json.Text(price).Text(quantity).Text("0").Text("1");
    };
    TextSides::WriteSide(json, "asks", sides_.asks(), limit, write);
    TextSides::WriteSide(json, "bids", sides_.bids(), limit, write);
}

std::string TextBook::Render(std::size_t limit) const {
    JsonWriter json;
    json.Open('{');
    WriteSides(json, limit);
    json.Text("ts", time_);
    if (sequence_) json.Integer("seqId", *sequence_);
    json.Close('}');
    return json.text();
}

// 0 stands for "none".
std::string TextBook::Unproven(std::string_view message) const {
    constexpr std::string_view kKey = "\"checksum\":";
    const std::size_t at = message.find(kKey);
    if (at == std::string_view::npos) return std::string(message);
    const std::size_t begin = at + kKey.size();
    const std::size_t end = std::min(message.find_first_of(",}", begin), message.size());
    return Concat(message.substr(0, begin), "0", message.substr(end));
}

std::string TextBook::RenderStream(std::string_view stream) const {
    if (!seeded()) return {};
    const std::size_t colon = stream.find(':');
    JsonWriter json;
    json.Open('{').Key("arg").Open('{').Text("channel", stream.substr(0, colon));
    json.Text("instId", stream.substr(colon + 1)).Close('}').Text("action", "snapshot");
    json.Key("data").Open('[').Open('{');
    WriteSides(json, kAll);
    json.Text("ts", time_);
    json.Integer("checksum", checksum_);
    if (sequence_) json.Integer("seqId", *sequence_).Integer("prevSeqId", -1);
    json.Close('}').Close(']').Close('}');
    return json.text();
}

}  // namespace mp::sim::okx
