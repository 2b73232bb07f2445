#pragma once
// Reads Binance messages as plain text, by searching: shares nothing with the collector's parser,
// so that it can testify against it.

#include <string>
#include <string_view>
#include <utility>

namespace mp::collector_test {

// The raw value of "key" at its first occurrence: without quotes for a string, with brackets for an
// array or object. Empty where there is none.
inline std::string Field(std::string_view text, std::string_view key) {
    const std::string quoted = "\"" + std::string(key) + "\":";
    size_t at = text.find(quoted);
    if (at == std::string_view::npos) return {};
    at += quoted.size();
    if (text[at] == '"') return std::string(text.substr(at + 1, text.find('"', at + 1) - at - 1));
    if (text[at] != '[' && text[at] != '{') {
        return std::string(text.substr(at, text.find_first_of(",}", at) - at));
    }
    int depth = 0;
    for (size_t end = at; end < text.size(); ++end) {
        if (text[end] == '[' || text[end] == '{') ++depth;
        if ((text[end] == ']' || text[end] == '}') && --depth == 0) {
            return std::string(text.substr(at, end + 1 - at));
        }
    }
    return {};
}

// "1.500" and "1.5" are the same number.
inline std::string Number(std::string text) {
    if (text.find('.') == std::string::npos) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text == "-0" ? "0" : text;
}

// The quote asset's volume of a COIN-M symbol (BTCUSD_PERP): contracts of 100 USD, 10 where the
// asset is not bitcoin. Other symbols say it themselves, as "q".
inline std::string QuoteVolume(std::string_view symbol, std::string_view text) {
    if (symbol.find("USD_") == std::string_view::npos) return Number(Field(text, "q"));
    const long long contracts = std::stoll(Field(text, "v"));
    return std::to_string(contracts * (symbol.starts_with("BTC") ? 100 : 10));
}

// [["1.50","2"],...] as "1.5:2 ".
inline std::string Levels(std::string_view array) {
    std::string out;
    size_t at = 0;
    const auto next = [&] {
        const size_t open = array.find('"', at);
        if (open == std::string_view::npos) return std::string();
        const size_t close = array.find('"', open + 1);
        at = close + 1;
        return Number(std::string(array.substr(open + 1, close - open - 1)));
    };
    for (std::string price = next(); !price.empty(); price = next()) {
        out += price + ":" + next() + " ";
    }
    return out;
}

// What a message says, as one line of text that BusLog writes the same way; `identity` inside its
// series.
struct RawEvent {
    std::string symbol;  // venue's
    std::string type;
    std::string identity;
    std::string content;
    long long time_ms = 0;  // of its place in the series; 0: none
    long long first_id =
        0;  // of types whose numbers follow: behind the last one of the event before
    long long last_id = 0;
};

// `message`: combined or bare.
inline RawEvent ReadRaw(std::string_view message) {
    const size_t data = message.find("\"data\":{");
    const std::string_view text =
        data == std::string_view::npos ? message : message.substr(data + 7);
    RawEvent event;
    event.symbol = Field(text, "s");
    const std::string kind = Field(text, "e");
    const auto number = [&](const char* key) { return Number(Field(text, key)); };
    if (kind == "trade" || kind == "aggTrade") {
        event.type = "trade";
        const std::string id = Field(text, kind == "trade" ? "t" : "a");
        event.identity = kind == "trade" ? id : "a:" + id;
        event.content = number("p") + " " + number("q") + " " +
                        (Field(text, "m") == "true" ? "sell" : "buy") + " E" + Field(text, "E");
        event.time_ms = std::stoll(Field(text, "T"));
        event.first_id = event.last_id = std::stoll(id);
    } else if (kind == "depthUpdate") {
        event.type = "book_delta";
        event.identity = Field(text, "U") + "-" + Field(text, "u");
        event.content = Levels(Field(text, "b")) + "| " + Levels(Field(text, "a"));
        event.time_ms = std::stoll(Field(text, "E"));
        const std::string previous = Field(text, "pu");
        event.first_id = previous.empty() ? std::stoll(Field(text, "U")) : std::stoll(previous) + 1;
        event.last_id = std::stoll(Field(text, "u"));
    } else if (kind == "kline") {
        const std::string k = Field(text, "k");
        const auto bar = [&](const char* key) { return Number(Field(k, key)); };
        event.type = "kline";
        event.time_ms = std::stoll(Field(text, "E"));
        event.identity = Field(k, "i") + " " + Field(k, "t") + " " + Field(text, "E");
        event.content = bar("o") + " " + bar("h") + " " + bar("l") + " " + bar("c") + " " +
                        bar("v") + " " + QuoteVolume(event.symbol, k) + " " + Field(k, "n") + " " +
                        Field(k, "x") + " T" + Field(k, "T");
    } else if (kind == "24hrTicker") {
        event.type = "ticker";
        event.time_ms = std::stoll(Field(text, "E"));
        event.identity = Field(text, "E");
        event.content = number("c") + " " + number("o") + " " + number("h") + " " + number("l") +
                        " " + number("v") + " " + QuoteVolume(event.symbol, text);
    } else if ((kind.empty() || kind == "bookTicker") && !Field(text, "u").empty()) {
        event.type = "bbo";
        if (!kind.empty()) event.time_ms = std::stoll(Field(text, "T"));
        event.identity = Field(text, "u");
        event.content = number("b") + " " + number("B") + " " + number("a") + " " + number("A");
    }
    return event;
}

}  // namespace mp::collector_test
