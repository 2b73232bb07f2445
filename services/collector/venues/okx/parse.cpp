#include "collector/venues/okx/parse.hpp"

#include <string>

#include "collector/venues/document_parser.hpp"
#include "collector/venues/okx/book_reader.hpp"
#include "collector/venues/okx/liquidation_reader.hpp"
#include "collector/venues/okx/rows.hpp"
#include "collector/venues/okx/streams.hpp"

namespace mp::collector::okx {
namespace {

using json::Between;
using json::Cursor;
using json::Unquoted;

constexpr json::Names kArgNames = {"channel", "instId", "instType"};
enum : size_t { kChannel, kInstId, kInstType };

// The connection is about to be closed.
constexpr std::string_view kServiceUpgrade = "64008";

constexpr json::Names kNames = {"arg", "action", "data", "event", "code", "msg", "id"};
enum : size_t { kArg, kAction, kData, kEvent, kCode, kMessage, kId };

// What a message says beside its rows.
struct Envelope {
    json::Tokens<kNames.size()> tokens;
    json::Tokens<kArgNames.size()> arg;
    Channel channel = Channel::kUnknown;
    const Bar* bar = nullptr;
    InstrumentId instrument = kNoInstrument;
    bool has_arg = false;
    bool has_data = false;

    // Books are read once it is known what is in them.
    bool Ready() const noexcept {
        return has_arg && (channel != Channel::kBook || !tokens[kAction].empty());
    }
};

class OkxParser final : public DocumentParser {
  public:
    explicit OkxParser(const SymbolTable& symbols)
        : DocumentParser(symbols), liquidations_(symbols) {
        name_.reserve(128);
    }

  private:
    ParseError ReadFrame(std::string_view frame) noexcept override {
        envelope_ = {};
        if (frame == "pong") return Tell({Notice::Kind::kPong, std::nullopt, {}, {}});
        Cursor cursor(frame);
        const ParseError error = ReadDocument(cursor, kNames, [&](size_t at) noexcept {
            return ReadMember(at, cursor);
        });
        if (error != ParseError::kNone) return error;
        if (!envelope_.tokens[kEvent].empty()) return Control();
        if (envelope_.has_arg && envelope_.has_data) return ReadKept();
        result().ignored = true;
        return ParseError::kNone;
    }

    ParseError ReadMember(size_t at, Cursor& cursor) noexcept {
        if (at == kArg) return ReadArg(cursor);
        if (at == kData) {
            envelope_.has_data = true;
            return ReadOrKeep(cursor, envelope_.Ready());
        }
        std::string_view& token = envelope_.tokens[at];
        return cursor.TakeValue(token) ? ParseError::kNone : ParseError::kSyntax;
    }

    ParseError ReadArg(Cursor& cursor) noexcept {
        const ParseError error = ReadMembers(cursor, kArgNames, envelope_.arg);
        if (error != ParseError::kNone) return error;
        envelope_.has_arg = true;
        const std::string_view channel = Unquoted(envelope_.arg[kChannel]);
        envelope_.channel = ChannelOf(channel);
        if (envelope_.channel == Channel::kCandle) envelope_.bar = FindBar(channel);
        envelope_.instrument =
            Identify(Unquoted(envelope_.arg[kInstId]), TypeOf(envelope_.channel));
        return ParseError::kNone;
    }

    // The array of rows.
    ParseError ReadPayload(Cursor& cursor) noexcept override {
        const bool known = envelope_.instrument != kNoInstrument;
        const bool shared = envelope_.channel == Channel::kLiquidation;
        if (envelope_.channel == Channel::kUnknown || (!known && !shared)) return PassOver(cursor);
        if (known) Select(envelope_.instrument);
        liquidations_.Begin();
        result().ignored = shared;
        return ReadArray(cursor, [&]() noexcept { return ReadRow(cursor); });
    }

    ParseError ReadRow(Cursor& cursor) noexcept {
        switch (envelope_.channel) {
            case Channel::kTrades:
                return ReadTrade(cursor, model::TradeIdSpace::kAggregate, builder());
            case Channel::kTradesAll:
                return ReadTrade(cursor, model::TradeIdSpace::kTrade, builder());
            case Channel::kBook:
                return books_.ReadBook(cursor, envelope_.tokens[kAction], builder());
            case Channel::kBestQuote:
                return books_.ReadBestQuote(cursor, builder());
            case Channel::kTicker:
                return ReadTicker(cursor, builder());
            case Channel::kCandle:
                return ReadCandle(cursor, *envelope_.bar, builder());
            case Channel::kFunding:
                return ReadFunding(cursor, builder());
            case Channel::kOpenInterest:
                return ReadOpenInterest(cursor, builder());
            case Channel::kMarkPrice:
                return ReadMarkPrice(cursor, builder());
            case Channel::kIndexPrice:
                return ReadIndexPrice(cursor, builder());
            case Channel::kLiquidation:
                return ReadLiquidations(cursor);
            case Channel::kUnknown:
                break;
        }
        return ParseError::kType;
    }

    ParseError ReadLiquidations(Cursor& cursor) noexcept {
        InstrumentId instrument = kNoInstrument;
        const ParseError error = liquidations_.Read(cursor, builder(), instrument);
        if (instrument == kNoInstrument) return error;
        result().ignored = false;
        result().instrument = instrument;
        return error;
    }

    ParseError Control() noexcept {
        const std::string_view event = Unquoted(envelope_.tokens[kEvent]);
        Notice notice;
        notice.id = json::IdOf(envelope_.tokens[kId]);
        notice.text = Unquoted(envelope_.tokens[kMessage]);
        result() = {};
        if (event == "subscribe" || event == "unsubscribe") {
            if (!envelope_.has_arg) return ParseError::kMissing;
            NameArg();
            notice.kind = Notice::Kind::kAck;
            notice.channel = name_;
        } else if (event == "error") {
            NameRefused(notice.text);
            notice.kind = Notice::Kind::kRefused;
            notice.channel = name_;
        } else if (event == "notice" && Unquoted(envelope_.tokens[kCode]) == kServiceUpgrade) {
            notice.kind = Notice::Kind::kRestart;
        } else {
            result().ignored = true;
            return ParseError::kNone;
        }
        return Tell(notice);
    }

    // The channel as streams.hpp writes it.
    void NameArg() noexcept {
        const bool shared = envelope_.arg[kInstId].empty();
        name_.assign(Unquoted(envelope_.arg[kChannel]));
        name_.append(":").append(Unquoted(envelope_.arg[shared ? kInstType : kInstId]));
    }

    // "Wrong URL or channel:index-tickers,instId:NEAR-USDT-SWAP doesn't exist. ..."
    void NameRefused(std::string_view message) noexcept {
        name_.clear();
        if (envelope_.has_arg) return NameArg();
        const std::string_view channel = Between(message, "channel:", ", ");
        std::string_view what = Between(message, ",instId:", ", ");
        if (what.empty()) what = Between(message, ",instType:", ", ");
        if (!channel.empty() && !what.empty()) name_.assign(channel).append(":").append(what);
    }

    void Attribute(std::string_view frame) noexcept override {
        const std::string_view channel = Between(frame, R"("channel":")", "\"");
        const model::DataType type = TypeOf(ChannelOf(channel));
        if (type == model::DataType::kUnspecified) return;
        Identify(Between(frame, R"("instId":")", "\""), type);
    }

    BookReader books_;
    LiquidationReader liquidations_;
    Envelope envelope_;
    std::string name_;  // of the channel that a notice is about
};

}  // namespace

std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols) {
    return std::make_unique<OkxParser>(symbols);
}

}  // namespace mp::collector::okx
