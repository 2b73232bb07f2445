#include "exchange-sim/bybit/recording.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "exchange-sim/bybit/text_book.hpp"
#include "exchange-sim/bybit/topic.hpp"
#include "exchange-sim/json_text.hpp"
#include "exchange-sim/stream_loader.hpp"
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

std::optional<StreamMessage> ReadMessage(const CaptureLine& line) {
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

void Settle(const StreamLoader& loader, LoadedRecording& out) {
    std::map<std::string, VenueEntry> entries;
    // A collector keeps one depth: the deepest that was recorded.
    std::map<std::string, std::size_t> depths;
    for (const auto& [name, stream] : loader.streams()) {
        const auto topic = ParseTopic(Plain(name));
        std::size_t& depth = depths[std::string(CategoryOf(name))];
        if (topic->kind == FrameKind::kBookDelta) depth = std::max(depth, topic->depth);
    }
    for (const auto& [name, stream] : loader.streams()) {
        const auto topic = ParseTopic(Plain(name));
        const std::string category(CategoryOf(name));
        const auto types = TypesOf(*topic, category);
        const bool shallow =
            topic->kind == FrameKind::kBookDelta && topic->depth != depths[category];
        if (types.empty() || shallow) continue;
        VenueEntry& entry = entries[category];
        entry.exchange = "bybit";
        entry.market = category;
        entry.data_types.insert(types.begin(), types.end());
        if (depths[category] > 0) entry.snapshot_depth = static_cast<int>(depths[category]);
        if (topic->kind == FrameKind::kKline) {
            entry.kline_intervals.insert(IntervalOf(topic->interval));
        }
        const std::string symbol(topic->symbol);
        if (std::ranges::find(entry.symbols, symbol) == entry.symbols.end()) {
            entry.symbols.push_back(symbol);
        }
        out.recording.required_streams.push_back(stream.number);
    }
    for (auto& [category, entry] : entries) out.entries.push_back(std::move(entry));
}

}  // namespace

Result<LoadedRecording> LoadRecording(const std::string& path, Hub& hub) {
    auto files = CaptureFiles(path);
    if (!files.ok()) return files.status();
    LoadedRecording out;
    StreamLoader loader(hub, "bybit", ReadMessage, [&out](const CaptureLine& line) {
        if (line.data_type != "instruments") return false;
        out.instruments.AddRecorded(line.raw);
        return true;
    });
    MP_RETURN_IF_ERROR(loader.Load(*files));
    for (const auto& [name, stream] : loader.streams()) {
        if (out.instruments.Find(stream.symbol)) continue;
        out.instruments.Add(GuessInstrument(CategoryOf(stream.symbol), Plain(stream.symbol)));
        out.remarks.push_back(Concat("no recorded instrument ", stream.symbol, ": made up"));
    }
    out.recording = loader.Take();
    out.recording.make_book = []() -> std::unique_ptr<RecordedBook> {
        return std::make_unique<TextBook>();
    };
    Settle(loader, out);
    for (std::string& remark : loader.Remarks()) out.remarks.push_back(std::move(remark));
    return out;
}

}  // namespace mp::sim::bybit
