#include "exchange-sim/okx/recording.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "exchange-sim/json_text.hpp"
#include "exchange-sim/okx/channel.hpp"
#include "exchange-sim/okx/text_book.hpp"
#include "exchange-sim/stream_loader.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::okx {
namespace {

std::string_view FirstRow(std::string_view message) {
    std::string_view first;
    ForEachElement(FindValue(message, "data"), [&first](std::string_view row) {
        if (first.empty()) first = row;
    });
    return first;
}

std::string IdentityOf(FrameKind kind, std::string_view row) {
    std::vector<std::string_view> keys{"ts"};
    if (kind == FrameKind::kTrade) keys = {"tradeId"};
    if (kind == FrameKind::kBookDelta || kind == FrameKind::kBookSnapshot) {
        keys = {"prevSeqId", "seqId", "ts", "checksum"};
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
    const std::string_view arg = FindValue(line.raw, "arg");
    const std::string_view name = FindString(arg, "channel");
    const Channel* channel = FindChannel(name);
    const std::string_view row = FirstRow(line.raw);
    if (channel == nullptr || row.empty() || !FindValue(line.raw, "event").empty()) return {};
    StreamMessage message;
    message.symbol = FindString(arg, "instId");
    std::string what = message.symbol;
    if (what.empty()) what = FindString(arg, "instType");
    if (what.empty()) what = FindString(arg, "instFamily");
    if (message.symbol.empty()) message.symbol = FindString(row, "instId");
    message.stream = StreamName(name, what);
    message.kind = channel->kind;
    if (channel->kind == FrameKind::kBookDelta && FindString(line.raw, "action") == "snapshot") {
        message.kind = FrameKind::kBookSnapshot;
    }
    message.text = line.raw;
    message.identity = IdentityOf(message.kind, row);
    message.time_ms = ParseNumber<std::int64_t>(FindString(row, "ts")).value_or(0);
    return message;
}

// The streams of one market, and what a collector asks for to get them.
class EntryMaker {
  public:
    EntryMaker(const std::string& market, const std::set<std::string_view>& channels) {
        entry_.exchange = "okx";
        entry_.market = market;
        const bool fills = channels.contains("trades-all");
        entry_.trade_channel = fills ? "trade" : "aggTrade";
        trades_ = fills ? "trades-all" : "trades";
        entry_.book_stream = "books";
        for (const char* book : {"books50-l2-tbt", "books-l2-tbt", "books"}) {
            if (channels.contains(book)) entry_.book_stream = book;
        }
    }

    // Whether a collector subscribes to the stream.
    bool Add(std::string_view name, const Channel& channel, const std::string& symbol) {
        if (channel.data_type.empty()) return false;
        if (channel.kind == FrameKind::kTrade && name != trades_) return false;
        if (channel.kind == FrameKind::kBookDelta && name != entry_.book_stream) return false;
        if (channel.kind == FrameKind::kKline) {
            const std::string interval = IntervalOf(name);
            if (interval.empty()) return false;
            entry_.kline_intervals.insert(interval);
        }
        entry_.data_types.insert(std::string(channel.data_type));
        if (std::ranges::find(entry_.symbols, symbol) == entry_.symbols.end()) {
            entry_.symbols.push_back(symbol);
        }
        return true;
    }

    const VenueEntry& entry() const { return entry_; }

  private:
    VenueEntry entry_;
    std::string_view trades_;
};

void Settle(const StreamLoader& loader, LoadedRecording& out, Recording& recording) {
    const auto channel_of = [](std::string_view stream) {
        return stream.substr(0, stream.find(':'));
    };
    std::map<std::string, std::set<std::string_view>> channels;
    for (const auto& [name, stream] : loader.streams()) {
        if (!out.instruments.Find(stream.symbol)) continue;
        channels[out.instruments.Find(stream.symbol)->market()].insert(channel_of(name));
    }
    std::map<std::string, EntryMaker> makers;
    for (const auto& [market, names] : channels) makers.try_emplace(market, market, names);
    for (const auto& [name, stream] : loader.streams()) {
        const Instrument* instrument = out.instruments.Find(stream.symbol);
        if (instrument == nullptr) continue;
        const std::string_view channel = channel_of(name);
        EntryMaker& maker = makers.at(instrument->market());
        if (!maker.Add(channel, *FindChannel(channel), stream.symbol)) continue;
        recording.required_streams.push_back(stream.number);
    }
    for (const auto& [market, maker] : makers) {
        if (!maker.entry().data_types.empty()) out.entries.push_back(maker.entry());
    }
}

}  // namespace

Result<LoadedRecording> LoadRecording(const std::string& path, Hub& hub) {
    auto files = CaptureFiles(path);
    if (!files.ok()) return files.status();
    if (files->size() == 1) {
        const std::string sibling = SiblingOf(files->front(), "instruments");
        if (!sibling.empty()) files->push_back(sibling);
    }
    LoadedRecording out;
    StreamLoader loader(hub, "okx", ReadMessage, [&out](const CaptureLine& line) {
        if (line.data_type != "instruments") return false;
        out.instruments.AddRecorded(line.raw);
        return true;
    });
    MP_RETURN_IF_ERROR(loader.Load(*files));
    for (const auto& [name, stream] : loader.streams()) {
        const bool index = name.starts_with("index-");
        if (stream.symbol.empty() || index || out.instruments.Find(stream.symbol)) continue;
        out.instruments.Add(GuessInstrument(stream.symbol));
        out.remarks.push_back(Concat("no recorded instrument ", stream.symbol, ": made up"));
    }
    out.recording = loader.Take();
    out.recording.make_book = []() -> std::unique_ptr<RecordedBook> {
        return std::make_unique<TextBook>();
    };
    Settle(loader, out, out.recording);
    for (std::string& remark : loader.Remarks()) out.remarks.push_back(std::move(remark));
    return out;
}

}  // namespace mp::sim::okx
