#include "exchange-sim/okx/recording.hpp"

#include <map>
#include <set>

#include "exchange-sim/json_text.hpp"
#include "exchange-sim/okx/channel.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::okx {
namespace {

std::string IdentityOf(FrameKind kind, std::string_view row) {
    std::vector<std::string_view> keys{"ts"};
    if (kind == FrameKind::kTrade) keys = {"tradeId"};
    if (kind == FrameKind::kBookDelta || kind == FrameKind::kBookSnapshot) {
        keys = {"prevSeqId", "seqId", "ts", "checksum"};
    }
    return MembersOf(row, keys);
}

std::string_view ChannelOf(std::string_view stream) {
    return stream.substr(0, stream.find(':'));
}

// Of the channels that say the same, those that a collector asks for.
void Choose(const std::set<std::string_view>& channels, VenueEntry& entry) {
    entry.trade_channel = channels.contains("trades-all") ? "trade" : "aggTrade";
    entry.book_stream = "books";
    for (const char* book : {"books50-l2-tbt", "books-l2-tbt", "books"}) {
        if (channels.contains(book)) entry.book_stream = book;
    }
}

bool Asked(const VenueEntry& entry, const Channel& channel, std::string_view name) {
    if (channel.kind == FrameKind::kTrade) {
        return name == (entry.trade_channel == "trade" ? "trades-all" : "trades");
    }
    if (channel.kind == FrameKind::kBookDelta) return name == entry.book_stream;
    if (channel.kind == FrameKind::kKline) return !IntervalOf(name).empty();
    return !channel.data_type.empty();
}

}  // namespace

std::optional<StreamMessage> Recorded::ReadMessage(const CaptureLine& line) {
    const std::string_view arg = FindValue(line.raw, "arg");
    const std::string_view name = FindString(arg, "channel");
    const Channel* channel = FindChannel(name);
    const std::string_view row = FirstElement(FindValue(line.raw, "data"));
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

std::optional<Instrument> Recorded::Guess(const std::string& stream, const std::string& symbol) {
    if (symbol.empty() || stream.starts_with("index-")) return std::nullopt;
    return GuessInstrument(symbol);
}

void Recorded::Settle(
    const StreamLoader::Streams& streams, const Instruments& instruments, RecordedEntries& entries
) {
    std::map<std::string, std::set<std::string_view>> channels;
    for (const auto& [name, stream] : streams) {
        const Instrument* instrument = instruments.Find(stream.symbol);
        if (instrument != nullptr) channels[instrument->market()].insert(ChannelOf(name));
    }
    for (const auto& [market, names] : channels) Choose(names, entries.Of(market));
    for (const auto& [name, stream] : streams) {
        const Instrument* instrument = instruments.Find(stream.symbol);
        if (instrument == nullptr) continue;
        const std::string market = instrument->market();
        const Channel& channel = *FindChannel(ChannelOf(name));
        if (!Asked(entries.Of(market), channel, ChannelOf(name))) continue;
        const std::string interval = IntervalOf(ChannelOf(name));
        entries.Add(
            market, stream.symbol, stream.number, {std::string(channel.data_type)}, interval
        );
    }
}

}  // namespace mp::sim::okx
