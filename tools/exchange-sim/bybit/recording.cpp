#include "exchange-sim/bybit/recording.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "exchange-sim/bybit/topic.hpp"
#include "exchange-sim/json_text.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::bybit {
namespace {

// The address that it came from says more than the label.
std::string CategoryOfLine(const CaptureLine& line) {
    for (const char* category : {"spot", "linear"}) {
        if (line.url_or_stream.ends_with(Concat("/v5/public/", category))) return category;
    }
    return line.market == "spot" || line.market == "linear" ? line.market : "";
}

std::string IdentityOf(FrameKind kind, std::string_view message) {
    const std::string_view data = FindValue(message, "data");
    const bool numbered = kind == FrameKind::kBbo || kind == FrameKind::kBookDelta ||
                          kind == FrameKind::kBookSnapshot;
    if (numbered) return Concat("\"u\":", FindValue(data, "u"));
    return Concat("\"ts\":", FindValue(message, "ts"));
}

// What a collector asks for to get the stream; nothing where it does not.
std::set<std::string> TypesOf(const Topic& topic, std::string_view category) {
    switch (topic.kind) {
        case FrameKind::kTrade:
            return {"trade"};
        case FrameKind::kBookDelta:
        case FrameKind::kBookSnapshot:
            return {"book_delta"};
        case FrameKind::kBbo:
            return {"bbo"};
        case FrameKind::kTicker:
            if (category == "spot") return {"ticker"};
            return {"ticker", "mark_price", "open_interest", "funding_rate"};
        case FrameKind::kKline:
            return {"kline"};
        case FrameKind::kLiquidation:
            if (category == "spot") return {};
            return {"liquidation"};
        default:
            return {};
    }
}

}  // namespace

std::optional<StreamMessage> Recorded::ReadMessage(const CaptureLine& line) {
    const std::string_view name = FindString(line.raw, "topic");
    const auto topic = ParseTopic(name);
    const std::string category = CategoryOfLine(line);
    if (!topic || category.empty() || FindValue(line.raw, "data").empty()) return {};
    StreamMessage message;
    message.stream = Qualified(category, name);
    message.symbol = Qualified(category, topic->symbol);
    message.kind = topic->kind;
    if (topic->kind == FrameKind::kBookDelta && FindString(line.raw, "type") == "snapshot") {
        message.kind = FrameKind::kBookSnapshot;
    }
    message.text = line.raw;
    message.identity = IdentityOf(message.kind, line.raw);
    message.time_ms = FindInteger(line.raw, "ts").value_or(0);
    return message;
}

std::optional<Instrument> Recorded::Guess(const std::string&, const std::string& symbol) {
    return GuessInstrument(CategoryOf(symbol), Plain(symbol));
}

void Recorded::Settle(
    const StreamLoader::Streams& streams, const Instruments&, RecordedEntries& entries
) {
    // A collector keeps one depth: the deepest that was recorded.
    std::map<std::string_view, std::size_t> depths;
    for (const auto& [name, stream] : streams) {
        const auto topic = ParseTopic(Plain(name));
        std::size_t& depth = depths[CategoryOf(name)];
        if (topic->kind == FrameKind::kBookDelta) depth = std::max(depth, topic->depth);
    }
    for (const auto& [name, stream] : streams) {
        const auto topic = ParseTopic(Plain(name));
        const std::string category(CategoryOf(name));
        const std::size_t depth = depths[CategoryOf(name)];
        const auto types = TypesOf(*topic, category);
        const bool shallow = topic->kind == FrameKind::kBookDelta && topic->depth != depth;
        if (types.empty() || shallow) continue;
        if (depth > 0) entries.Of(category).snapshot_depth = static_cast<int>(depth);
        const std::string symbol(topic->symbol);
        entries.Add(category, symbol, stream.number, types, IntervalOf(topic->interval));
    }
}

}  // namespace mp::sim::bybit
