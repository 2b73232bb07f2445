#include "collector/venues/okx/parse.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "collector/venues/event_builder.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/json/token_reader.hpp"
#include "collector/venues/okx/book_reader.hpp"
#include "collector/venues/okx/liquidation_reader.hpp"
#include "collector/venues/okx/rows.hpp"
#include "collector/venues/okx/streams.hpp"

namespace mp::collector::okx {
namespace {

using json::Cursor;
using json::Unquoted;

constexpr size_t kPadding = 64;

constexpr std::array<std::string_view, 3> kArgNames = {"channel", "instId", "instType"};
enum : size_t { kChannel, kInstId, kInstType };

// The connection is about to be closed.
constexpr std::string_view kServiceUpgrade = "64008";

// The words between `before` and the first of `stops` behind them.
std::string_view Between(std::string_view text, std::string_view before, std::string_view stops) {
    const size_t at = text.find(before);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = text.substr(at + before.size());
    return rest.substr(0, rest.find_first_of(stops));
}

// What a message says beside its rows.
struct Envelope {
    std::string_view event, action, code, message, id;
    std::string_view data;  // whole, where it came before what it takes to read it
    json::Tokens<3> arg;
    Channel channel = Channel::kUnknown;
    const Bar* bar = nullptr;
    InstrumentId instrument = kNoInstrument;
    bool has_arg = false;
    bool has_data = false;

    void Keep(std::string_view key, std::string_view value) noexcept {
        if (key == "action") action = value;
        if (key == "event") event = value;
        if (key == "code") code = value;
        if (key == "msg") message = value;
        if (key == "id") id = value;
    }
    // Books are read once it is known what is in them.
    bool Ready() const noexcept {
        return has_arg && (channel != Channel::kBook || !action.empty());
    }
};

class OkxParser final : public FrameParser {
  public:
    explicit OkxParser(const SymbolTable& symbols) : symbols_(symbols), liquidations_(symbols) {
        name_.reserve(128);
        buffer_.resize(64 << 10);
    }

    ParseResult Parse(
        std::string_view frame, Nanos received_ts, FrameSink& sink
    ) noexcept override {
        if (frame.size() + kPadding > buffer_.size()) buffer_.resize(frame.size() * 2 + kPadding);
        std::memcpy(buffer_.data(), frame.data(), frame.size());
        std::memset(buffer_.data() + frame.size(), 0, kPadding);
        const std::string_view padded(buffer_.data(), frame.size());
        builder_.Begin(sink, received_ts);
        result_ = {};
        envelope_ = {};
        if (padded == "pong") {
            sink.OnNotice({Notice::Kind::kPong, std::nullopt, {}, {}});
            return result_;
        }
        result_.error = ReadFrame(padded);
        if (!result_.ok()) {
            result_.ignored = false;
            if (result_.type == model::DataType::kUnspecified) Attribute(padded);
        }
        return result_;
    }

  private:
    ParseError ReadFrame(std::string_view frame) noexcept {
        Cursor cursor(frame);
        if (!cursor.Take('{')) return ParseError::kSyntax;
        if (!cursor.Take('}')) {
            do {
                const ParseError error = ReadMember(cursor);
                if (error != ParseError::kNone) return error;
            } while (cursor.Take(','));
            if (!cursor.Take('}')) return ParseError::kSyntax;
        }
        if (!cursor.AtEnd()) return ParseError::kSyntax;
        if (!envelope_.event.empty()) return Control();
        if (!envelope_.has_arg || !envelope_.has_data) {
            result_.ignored = true;
            return ParseError::kNone;
        }
        if (envelope_.data.empty()) return ParseError::kNone;
        Cursor data(envelope_.data);
        return ReadData(data);
    }

    ParseError ReadMember(Cursor& cursor) noexcept {
        std::string_view key;
        if (!cursor.TakeKey(key)) return ParseError::kSyntax;
        if (key == "arg") return ReadArg(cursor);
        if (key == "data") {
            envelope_.has_data = true;
            if (envelope_.Ready()) return ReadData(cursor);
            return cursor.TakeValue(envelope_.data) ? ParseError::kNone : ParseError::kSyntax;
        }
        std::string_view value;
        if (!cursor.TakeValue(value)) return ParseError::kSyntax;
        envelope_.Keep(key, value);
        return ParseError::kNone;
    }

    ParseError ReadArg(Cursor& cursor) noexcept {
        const ParseError error = ReadMembers(cursor, kArgNames, envelope_.arg);
        if (error != ParseError::kNone) return error;
        envelope_.has_arg = true;
        const std::string_view channel = Unquoted(envelope_.arg[kChannel]);
        envelope_.channel = ChannelOf(channel);
        if (envelope_.channel == Channel::kCandle) envelope_.bar = FindBar(channel);
        result_.type = TypeOf(envelope_.channel);
        const std::string_view symbol = Unquoted(envelope_.arg[kInstId]);
        if (!symbol.empty()) envelope_.instrument = symbols_.Find(symbol);
        result_.instrument = envelope_.instrument;
        return ParseError::kNone;
    }

    // The array of rows.
    ParseError ReadData(Cursor& cursor) noexcept {
        const bool known = envelope_.instrument != kNoInstrument;
        const bool shared = envelope_.channel == Channel::kLiquidation;
        if (envelope_.channel == Channel::kUnknown || (!known && !shared)) {
            std::string_view unread;
            result_.ignored = true;
            return cursor.TakeValue(unread) ? ParseError::kNone : ParseError::kSyntax;
        }
        if (known) builder_.Select(envelope_.instrument, symbols_.FactsOf(envelope_.instrument));
        liquidations_.Begin();
        result_.ignored = shared;
        if (!cursor.Take('[')) return ParseError::kType;
        if (cursor.Take(']')) return ParseError::kNone;
        do {
            const ParseError error = ReadRow(cursor);
            if (error != ParseError::kNone) return error;
        } while (cursor.Take(','));
        return cursor.Take(']') ? ParseError::kNone : ParseError::kSyntax;
    }

    ParseError ReadRow(Cursor& cursor) noexcept {
        switch (envelope_.channel) {
            case Channel::kTrades:
                return ReadTrade(cursor, model::TradeIdSpace::kAggregate, builder_);
            case Channel::kTradesAll:
                return ReadTrade(cursor, model::TradeIdSpace::kTrade, builder_);
            case Channel::kBook:
                return books_.ReadBook(cursor, envelope_.action, builder_);
            case Channel::kBestQuote:
                return books_.ReadBestQuote(cursor, builder_);
            case Channel::kTicker:
                return ReadTicker(cursor, builder_);
            case Channel::kCandle:
                return ReadCandle(cursor, *envelope_.bar, builder_);
            case Channel::kFunding:
                return ReadFunding(cursor, builder_);
            case Channel::kOpenInterest:
                return ReadOpenInterest(cursor, builder_);
            case Channel::kMarkPrice:
                return ReadMarkPrice(cursor, builder_);
            case Channel::kLiquidation:
                return ReadLiquidations(cursor);
            case Channel::kUnknown:
                break;
        }
        return ParseError::kType;
    }

    ParseError ReadLiquidations(Cursor& cursor) noexcept {
        InstrumentId instrument = kNoInstrument;
        const ParseError error = liquidations_.Read(cursor, builder_, instrument);
        if (instrument == kNoInstrument) return error;
        result_.ignored = false;
        result_.instrument = instrument;
        return error;
    }

    ParseError Control() noexcept {
        const std::string_view event = Unquoted(envelope_.event);
        Notice notice;
        uint64_t id = 0;
        if (json::ReadUnsigned(Unquoted(envelope_.id), id) == ParseError::kNone) notice.id = id;
        notice.text = Unquoted(envelope_.message);
        result_ = {};
        if (event == "subscribe" || event == "unsubscribe") {
            if (!envelope_.has_arg) return ParseError::kMissing;
            NameArg();
            notice.kind = Notice::Kind::kAck;
            notice.channel = name_;
        } else if (event == "error") {
            NameRefused(notice.text);
            notice.kind = Notice::Kind::kRefused;
            notice.channel = name_;
        } else if (event == "notice" && Unquoted(envelope_.code) == kServiceUpgrade) {
            notice.kind = Notice::Kind::kRestart;
        } else {
            result_.ignored = true;
            return ParseError::kNone;
        }
        builder_.sink().OnNotice(notice);
        return ParseError::kNone;
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

    // Of a message that was damaged before it said whose it is. Off the hot path.
    void Attribute(std::string_view frame) noexcept {
        const std::string_view channel = Between(frame, R"("channel":")", "\"");
        const std::string_view symbol = Between(frame, R"("instId":")", "\"");
        result_.type = TypeOf(ChannelOf(channel));
        if (result_.type == model::DataType::kUnspecified || symbol.empty()) return;
        result_.instrument = symbols_.Find(symbol);
    }

    const SymbolTable& symbols_;
    std::vector<char> buffer_;
    EventBuilder builder_;
    BookReader books_;
    LiquidationReader liquidations_;
    ParseResult result_;
    Envelope envelope_;
    std::string name_;  // of the channel that a notice is about
};

}  // namespace

std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols) {
    return std::make_unique<OkxParser>(symbols);
}

}  // namespace mp::collector::okx
