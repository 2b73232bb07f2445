#include "exchange-sim/deribit/recording.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "exchange-sim/deribit/channel.hpp"
#include "exchange-sim/deribit/text_book.hpp"
#include "exchange-sim/json_text.hpp"
#include "exchange-sim/stream_loader.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::deribit {
namespace {

// Of an object, or of the first row of several.
std::string_view FirstRow(std::string_view data) {
    if (!data.starts_with('[')) return data;
    std::string_view first;
    ForEachElement(data, [&first](std::string_view row) {
        if (first.empty()) first = row;
    });
    return first;
}

std::string IdentityOf(FrameKind kind, std::string_view row) {
    std::vector<std::string_view> keys{"timestamp"};
    if (kind == FrameKind::kTrade) keys = {"trade_seq"};
    if (kind == FrameKind::kKline) keys = {"tick"};
    if (kind == FrameKind::kBookDelta || kind == FrameKind::kBookSnapshot) {
        keys = {"prev_change_id", "change_id"};
    }
    std::string out;
    for (const std::string_view key : keys) {
        const std::string_view value = FindValue(row, key);
        if (value.empty()) continue;
        out += Concat(out.empty() ? "" : ",", "\"", key, "\":", value);
    }
    return out;
}

std::optional<StreamMessage> ReadMessage(const CaptureLine& line) {
    const std::string_view params = FindValue(line.raw, "params");
    const std::string_view name = FindString(params, "channel");
    const auto channel = ParseChannel(name);
    const std::string_view row = FirstRow(FindValue(params, "data"));
    if (!channel || row.empty()) return {};
    StreamMessage message;
    message.symbol = channel->symbol;
    message.kind = channel->kind;
    const bool first = FindString(row, "type") == "snapshot" || !FindInteger(row, "prev_change_id");
    if (channel->kind == FrameKind::kBookDelta && first) message.kind = FrameKind::kBookSnapshot;
    message.stream = name;
    message.text = line.raw;
    if (channel->raw()) {
        const std::string before(name);
        message.stream = Concat(name.substr(0, name.size() - channel->pace.size()), "100ms");
        message.text.replace(message.text.find(before), before.size(), message.stream);
    }
    message.identity = IdentityOf(message.kind, row);
    message.time_ms = FindInteger(row, "timestamp").value_or(0);
    return message;
}

// What a collector asks for to get the stream; nothing where it does not.
std::set<std::string> TypesOf(const Channel& channel, const std::string& market) {
    switch (channel.kind) {
        case FrameKind::kTrade:
            return {"trade", "liquidation"};
        case FrameKind::kBookDelta:
        case FrameKind::kBookSnapshot:
            return {"book_delta"};
        case FrameKind::kBbo:
            return {"bbo"};
        case FrameKind::kTicker:
            if (market == "option") return {"ticker", "mark_price", "open_interest"};
            return {"ticker", "mark_price", "open_interest", "funding_rate"};
        case FrameKind::kKline:
            if (IntervalOf(channel.resolution).empty()) return {};
            return {"kline"};
        default:
            return {};
    }
}

void Settle(const StreamLoader& loader, LoadedRecording& out) {
    std::map<std::string, VenueEntry> entries;
    for (const auto& [name, stream] : loader.streams()) {
        const Instrument* instrument = out.instruments.Find(stream.symbol);
        const auto channel = ParseChannel(name);
        if (instrument == nullptr ||
            (instrument->kind != "future" && instrument->kind != "option")) {
            continue;
        }
        const auto types = TypesOf(*channel, instrument->market());
        if (types.empty()) continue;
        VenueEntry& entry = entries[instrument->market()];
        entry.exchange = "deribit";
        entry.market = instrument->market();
        entry.data_types.insert(types.begin(), types.end());
        if (channel->kind == FrameKind::kKline) {
            entry.kline_intervals.insert(IntervalOf(channel->resolution));
        }
        if (std::ranges::find(entry.symbols, stream.symbol) == entry.symbols.end()) {
            entry.symbols.push_back(stream.symbol);
        }
        out.recording.required_streams.push_back(stream.number);
    }
    for (auto& [market, entry] : entries) out.entries.push_back(std::move(entry));
}

}  // namespace

Result<LoadedRecording> LoadRecording(const std::string& path, Hub& hub) {
    auto files = CaptureFiles(path);
    if (!files.ok()) return files.status();
    LoadedRecording out;
    StreamLoader loader(hub, "deribit", ReadMessage, [&out](const CaptureLine& line) {
        if (line.data_type != "instruments") return false;
        out.instruments.AddRecorded(line.raw);
        return true;
    });
    MP_RETURN_IF_ERROR(loader.Load(*files));
    for (const auto& [name, stream] : loader.streams()) {
        if (stream.symbol.empty() || out.instruments.Find(stream.symbol)) continue;
        out.instruments.Add(GuessInstrument(stream.symbol));
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

}  // namespace mp::sim::deribit
