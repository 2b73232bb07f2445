#include "exchange-sim/deribit/recording.hpp"

#include <set>

#include "exchange-sim/deribit/channel.hpp"
#include "exchange-sim/json_text.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::deribit {
namespace {

std::string IdentityOf(FrameKind kind, std::string_view row) {
    std::vector<std::string_view> keys{"timestamp"};
    if (kind == FrameKind::kTrade) keys = {"trade_seq"};
    if (kind == FrameKind::kKline) keys = {"tick"};
    if (kind == FrameKind::kBookDelta || kind == FrameKind::kBookSnapshot) {
        keys = {"prev_change_id", "change_id"};
    }
    return MembersOf(row, keys);
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

}  // namespace

std::optional<StreamMessage> Recorded::ReadMessage(const CaptureLine& line) {
    const std::string_view params = FindValue(line.raw, "params");
    const std::string_view name = FindString(params, "channel");
    const auto channel = ParseChannel(name);
    const std::string_view row = FirstElement(FindValue(params, "data"));
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

std::optional<Instrument> Recorded::Guess(const std::string&, const std::string& symbol) {
    return symbol.empty() ? std::nullopt : std::optional(GuessInstrument(symbol));
}

void Recorded::Settle(
    const StreamLoader::Streams& streams, const Instruments& instruments, RecordedEntries& entries
) {
    for (const auto& [name, stream] : streams) {
        const Instrument* instrument = instruments.Find(stream.symbol);
        if (instrument == nullptr) continue;
        if (instrument->kind != "future" && instrument->kind != "option") continue;
        const auto channel = ParseChannel(name);
        const auto types = TypesOf(*channel, instrument->market());
        if (types.empty()) continue;
        const std::string interval = IntervalOf(channel->resolution);
        entries.Add(instrument->market(), stream.symbol, stream.number, types, interval);
    }
}

}  // namespace mp::sim::deribit
