#include "collector/venues/bybit/parse.hpp"

#include "collector/venues/bybit/book_reader.hpp"
#include "collector/venues/bybit/rows.hpp"
#include "collector/venues/bybit/streams.hpp"
#include "collector/venues/bybit/ticker_reader.hpp"
#include "collector/venues/document_parser.hpp"

namespace mp::collector::bybit {
namespace {

using json::Cursor;
using json::Unquoted;

// "error:already subscribed,topic:orderbook.1.BTCUSDT"
constexpr std::string_view kAlreadySubscribed = "already subscribed";

constexpr json::Names kNames = {
    "topic", "type", "ts", "data", "cts", "success", "ret_msg", "req_id", "op"};
enum : size_t { kTopic, kType, kSent, kData, kEngine, kSuccess, kMessage, kId, kOp };

class BybitParser final : public DocumentParser {
  public:
    explicit BybitParser(const SymbolTable& symbols) : DocumentParser(symbols) {}

  private:
    struct Envelope {
        json::Tokens<kNames.size()> tokens;
        Topic topic;
        InstrumentId instrument = kNoInstrument;
        bool has_topic = false;
        bool has_data = false;
        bool is_read = false;  // what can only be told of at the message's end

        // Rows that are told of one by one want to know when they were sent.
        bool ByRow() const noexcept {
            return topic.channel == Channel::kTrades || topic.channel == Channel::kKline ||
                   topic.channel == Channel::kLiquidations;
        }
        Header header() const noexcept { return {tokens[kType], tokens[kSent], tokens[kEngine]}; }
        bool Ready() const noexcept { return has_topic && (!ByRow() || !tokens[kSent].empty()); }
    };

    ParseError ReadFrame(std::string_view frame) noexcept override {
        envelope_ = {};
        Cursor cursor(frame);
        ParseError error = ReadDocument(cursor, kNames, [&](size_t at) noexcept {
            return ReadMember(at, cursor);
        });
        if (error != ParseError::kNone) return error;
        if (!envelope_.tokens[kOp].empty() || !envelope_.tokens[kSuccess].empty()) return Control();
        if (!envelope_.has_topic || !envelope_.has_data) {
            result().ignored = true;
            return ParseError::kNone;
        }
        error = ReadKept();
        return error == ParseError::kNone && envelope_.is_read ? EmitRead() : error;
    }

    ParseError ReadMember(size_t at, Cursor& cursor) noexcept {
        if (at == kData) {
            envelope_.has_data = true;
            return ReadOrKeep(cursor, envelope_.Ready());
        }
        std::string_view& token = envelope_.tokens[at];
        if (!cursor.TakeValue(token)) return ParseError::kSyntax;
        if (at == kTopic) TakeTopic(Unquoted(token));
        return ParseError::kNone;
    }

    void TakeTopic(std::string_view text) noexcept {
        envelope_.has_topic = true;
        envelope_.topic = ParseTopic(text);
        envelope_.instrument = Identify(envelope_.topic.symbol, TypeOf(envelope_.topic.channel));
    }

    ParseError ReadPayload(Cursor& cursor) noexcept override {
        const Channel channel = envelope_.topic.channel;
        if (channel == Channel::kUnknown || envelope_.instrument == kNoInstrument) {
            return PassOver(cursor);
        }
        Select(envelope_.instrument);
        if (envelope_.ByRow()) return ReadRows(cursor);
        envelope_.is_read = true;
        return channel == Channel::kTicker ? tickers_.Read(cursor) : books_.Read(cursor);
    }

    ParseError EmitRead() noexcept {
        const Header header = envelope_.header();
        if (envelope_.topic.channel == Channel::kBook) return books_.EmitBook(header, builder());
        if (envelope_.topic.channel == Channel::kTicker) return tickers_.Emit(header, builder());
        return books_.EmitBestQuote(header, builder());
    }

    ParseError ReadRows(Cursor& cursor) noexcept {
        Nanos sent = 0;
        json::TokenReader reader;
        reader.Time(envelope_.tokens[kSent], sent);
        if (reader.error() != ParseError::kNone) return reader.error();
        ordinals_.Begin();
        return ReadArray(cursor, [&]() noexcept { return ReadRow(cursor, sent); });
    }

    ParseError ReadRow(Cursor& cursor, Nanos sent) noexcept {
        if (envelope_.topic.channel == Channel::kTrades) {
            return ReadTrade(cursor, sent, builder());
        }
        if (envelope_.topic.channel == Channel::kKline) {
            return ReadKline(cursor, *envelope_.topic.bar, sent, builder());
        }
        return ReadLiquidation(cursor, sent, ordinals_, builder());
    }

    ParseError Control() noexcept {
        const std::string_view op = Unquoted(envelope_.tokens[kOp]);
        const auto id = json::IdOf(envelope_.tokens[kId]);
        result() = {};
        if (op == "ping" || op == "pong") return Tell({Notice::Kind::kPong, std::nullopt, {}, {}});
        if (op != "subscribe" && op != "unsubscribe") {
            result().ignored = true;
            return ParseError::kNone;
        }
        if (envelope_.tokens[kSuccess] == "true") return Tell({Notice::Kind::kAck, id, {}, {}});
        const std::string_view message = Unquoted(envelope_.tokens[kMessage]);
        // A request is refused as a whole, for the sake of the one topic that is named.
        if (id && message.find(kAlreadySubscribed) != std::string_view::npos) {
            Tell({Notice::Kind::kAck, id, json::Between(message, "topic:", ",\""), {}});
        }
        return Tell({Notice::Kind::kRefused, id, {}, message});
    }

    void Attribute(std::string_view frame) noexcept override {
        TakeTopic(json::Between(frame, R"("topic":")", "\""));
    }

    BookReader books_;
    TickerReader tickers_;
    LiquidationOrdinals ordinals_;
    Envelope envelope_;
};

}  // namespace

std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols) {
    return std::make_unique<BybitParser>(symbols);
}

}  // namespace mp::collector::bybit
