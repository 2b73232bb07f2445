#include "collector/venues/binance/parse.hpp"

#include <cstring>
#include <simdjson.h>
#include <vector>

#include "collector/venues/binance/compact_reader.hpp"
#include "collector/venues/binance/letter_fields.hpp"
#include "collector/venues/binance/streams.hpp"
#include "collector/venues/json/levels.hpp"

namespace mp::collector::binance {
namespace {

using simdjson::ondemand::field;
using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

std::string_view TrimRight(std::string_view token) noexcept {
    while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') {
        token.remove_suffix(1);
    }
    return token;
}

// The value as it stands in the message.
simdjson::error_code TextOf(value& item, std::string_view& out) noexcept {
    switch (*item.raw_json_token().data()) {
        case '[': {
            simdjson::ondemand::array array;
            if (const auto error = item.get_array().get(array)) return error;
            return array.raw_json().get(out);
        }
        case '{': {
            object nested;
            if (const auto error = item.get_object().get(nested)) return error;
            return nested.raw_json().get(out);
        }
        default:
            out = TrimRight(item.raw_json_token());
            return simdjson::SUCCESS;
    }
}

bool KeyIs(const char* key, std::string_view name) noexcept {
    return std::memcmp(key, name.data(), name.size()) == 0 && key[name.size()] == '"';
}

// What a message says about requests instead of markets.
struct Control {
    std::string_view id;
    std::string_view error;
    bool seen = false;
};

class SpotParser final : public FrameParser {
  public:
    explicit SpotParser(const SymbolTable& symbols) : symbols_(symbols) {
        bids_.reserve(5000);
        asks_.reserve(5000);
        Grow(64 << 10);
    }

    ParseResult Parse(
        std::string_view frame, Nanos received_ts, FrameSink& sink
    ) noexcept override {
        if (frame.size() + simdjson::SIMDJSON_PADDING > buffer_.size()) Grow(frame.size() * 2);
        std::memcpy(buffer_.data(), frame.data(), frame.size());
        const std::string_view padded(buffer_.data(), frame.size());
        event_.received_ts = received_ts;

        fields_.Clear();
        kline_.Clear();
        control_ = {};
        if (CompactReader(padded).Read(fields_, kline_)) {
            const ParseResult result = Dispatch(sink);
            if (result.ok()) return result;
        }
        return ParseAnyShape(padded, sink);
    }

  private:
    void Grow(size_t size) { buffer_.resize(size + simdjson::SIMDJSON_PADDING); }

    // What is not plain, or wrong.
    ParseResult ParseAnyShape(std::string_view frame, FrameSink& sink) noexcept {
        fields_.Clear();
        kline_.Clear();
        ParseResult result;
        result.error = ReadFrame(frame);
        if (result.ok()) result = Dispatch(sink);
        if (!result.ok()) Attribute(frame, result);
        return result;
    }

    ParseError ReadFrame(std::string_view frame) noexcept {
        simdjson::ondemand::document document;
        if (parser_.iterate(buffer_.data(), frame.size(), buffer_.size()).get(document)) {
            return ParseError::kSyntax;
        }
        object root;
        if (document.get_object().get(root)) return ParseError::kSyntax;
        if (ReadRoot(root)) return ParseError::kSyntax;
        // Something behind the object: no message of Binance's.
        const char* rest = nullptr;
        return document.current_location().get(rest) ? ParseError::kNone : ParseError::kSyntax;
    }

    simdjson::error_code ReadRoot(object& root) noexcept {
        for (auto entry : root) {
            field item;
            if (const auto error = std::move(entry).get(item)) return error;
            const char* key = item.key().raw();
            if (key[1] == '"') {
                if (const auto error = Keep(*key, item.value(), fields_)) return error;
            } else if (KeyIs(key, "data")) {
                if (const auto error = ReadPayload(item.value(), fields_)) return error;
            } else if (KeyIs(key, "id")) {
                control_.id = TrimRight(item.value().raw_json_token());
                control_.seen = true;
            } else if (KeyIs(key, "error") || KeyIs(key, "msg")) {
                if (const auto error = TextOf(item.value(), control_.error)) return error;
                control_.seen = true;
            }
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code ReadPayload(value& item, LetterFields& fields) noexcept {
        object payload;
        if (const auto error = item.get_object().get(payload)) return error;
        for (auto entry : payload) {
            field inner;
            if (const auto error = std::move(entry).get(inner)) return error;
            const char* key = inner.key().raw();
            if (key[1] != '"') continue;
            if (const auto error = Keep(*key, inner.value(), fields)) return error;
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code Keep(char letter, value& item, LetterFields& fields) noexcept {
        if (!LetterFields::IsLetter(letter)) return simdjson::SUCCESS;
        const std::string_view token = item.raw_json_token();
        if (token[0] == '{' && letter == 'k' && &fields == &fields_) {
            fields.Set(letter, token);
            return ReadPayload(item, kline_);
        }
        if (token[0] == '[' || token[0] == '{') {
            std::string_view text;
            const auto error = TextOf(item, text);
            fields.Set(letter, text);
            return error;
        }
        fields.Set(letter, TrimRight(token));
        if (letter != 's' || std::memchr(token.data(), '\\', token.size()) == nullptr) {
            return simdjson::SUCCESS;
        }
        // A symbol in another script, escaped: the table knows it unescaped.
        std::string_view plain;
        if (const auto error = item.get_string().get(plain)) return error;
        symbol_.assign(1, '"').append(plain).append(1, '"');
        fields.Set(letter, symbol_);
        return simdjson::SUCCESS;
    }

    ParseResult Dispatch(FrameSink& sink) noexcept {
        if (!fields_.Has('e')) {
            if (fields_.Has('u') && fields_.Has('b')) return Bbo(sink);
            return Controls(sink);
        }
        const std::string_view kind = fields_['e'];
        if (kind == "\"trade\"") return Trade(sink, 't', model::TradeIdSpace::kTrade);
        if (kind == "\"depthUpdate\"") return Depth(sink);
        if (kind == "\"aggTrade\"") return Trade(sink, 'a', model::TradeIdSpace::kAggregate);
        if (kind == "\"kline\"") return Kline(sink);
        if (kind == "\"24hrTicker\"") return Ticker(sink);
        if (kind == "\"serverShutdown\"") {
            sink.OnNotice({Notice::Kind::kRestart, std::nullopt, {}, "serverShutdown"});
            return {};
        }
        return Ignored();
    }

    ParseResult Trade(FrameSink& sink, char id, model::TradeIdSpace space) noexcept {
        auto& trade = event_.body.emplace<model::Trade>();
        bool buyer_is_maker = false;
        Nanos event_time = 0;
        trade.id_space = space;
        FieldReader reader(fields_);
        reader.Time('E', event_time)
            .Time('T', event_.order_ts)
            .Unsigned(id, trade.trade_id.number)
            .Decimal('p', trade.price)
            .Decimal('q', trade.quantity)
            .Bool('m', buyer_is_maker);
        if (space == model::TradeIdSpace::kAggregate) {
            reader.Unsigned('f', trade.first_fill_id).Unsigned('l', trade.last_fill_id);
        }
        trade.side = buyer_is_maker ? model::Side::kSell : model::Side::kBuy;
        event_.exchange_ts = event_time;
        const ChainLink link{trade.trade_id.number, trade.trade_id.number, std::nullopt};
        return Emit(reader.error(), model::DataType::kTrade, &link, sink);
    }

    ParseResult Depth(FrameSink& sink) noexcept {
        auto& delta = event_.body.emplace<model::BookDelta>();
        FieldReader reader(fields_);
        reader.Time('E', event_.order_ts)
            .Unsigned('U', delta.first_update_id)
            .Unsigned('u', delta.last_update_id)
            .Get('b', bids_, json::ReadLevels)
            .Get('a', asks_, json::ReadLevels);
        event_.exchange_ts = event_.order_ts;
        delta.bids = bids_;
        delta.asks = asks_;
        const ChainLink link{delta.first_update_id, delta.last_update_id, std::nullopt};
        return Emit(reader.error(), model::DataType::kBookDelta, &link, sink);
    }

    ParseResult Bbo(FrameSink& sink) noexcept {
        auto& bbo = event_.body.emplace<model::Bbo>();
        FieldReader reader(fields_);
        reader.Unsigned('u', bbo.update_id)
            .Decimal('b', bbo.bid_price)
            .Decimal('B', bbo.bid_quantity)
            .Decimal('a', bbo.ask_price)
            .Decimal('A', bbo.ask_quantity);
        event_.order_ts = event_.received_ts;
        event_.exchange_ts.reset();
        return Emit(reader.error(), model::DataType::kBbo, nullptr, sink);
    }

    ParseResult Ticker(FrameSink& sink) noexcept {
        auto& ticker = event_.body.emplace<model::Ticker>();
        FieldReader reader(fields_);
        reader.Time('E', event_.order_ts)
            .Decimal('c', ticker.last_price)
            .Decimal('o', ticker.open_price)
            .Decimal('h', ticker.high_price)
            .Decimal('l', ticker.low_price)
            .Decimal('v', ticker.volume)
            .Decimal('q', ticker.quote_volume);
        event_.exchange_ts = event_.order_ts;
        return Emit(reader.error(), model::DataType::kTicker, nullptr, sink);
    }

    ParseResult Kline(FrameSink& sink) noexcept {
        auto& kline = event_.body.emplace<model::Kline>();
        FieldReader outer(fields_);
        outer.Time('E', event_.order_ts);
        FieldReader reader(kline_);
        reader.Time('t', kline.open_time)
            .Time('T', kline.close_time)
            .Text('i', kline.interval)
            .Decimal('o', kline.open)
            .Decimal('c', kline.close)
            .Decimal('h', kline.high)
            .Decimal('l', kline.low)
            .Decimal('v', kline.volume)
            .Decimal('q', kline.quote_volume)
            .Unsigned('n', kline.trade_count.emplace())
            .Bool('x', kline.closed);
        event_.exchange_ts = event_.order_ts;
        const ParseError error =
            outer.error() != ParseError::kNone ? outer.error() : reader.error();
        return Emit(error, model::DataType::kKline, nullptr, sink);
    }

    ParseResult Controls(FrameSink& sink) noexcept {
        if (!control_.seen) return Ignored();
        Notice notice;
        uint64_t id = 0;
        if (json::ReadUnsigned(control_.id, id) == ParseError::kNone) notice.id = id;
        notice.kind = control_.error.empty() ? Notice::Kind::kAck : Notice::Kind::kRefused;
        notice.text = control_.error;
        sink.OnNotice(notice);
        return {};
    }

    ParseResult Emit(
        ParseError error, model::DataType type, const ChainLink* link, FrameSink& sink
    ) noexcept {
        ParseResult result;
        result.type = type;
        std::string_view symbol;
        FieldReader reader(fields_);
        reader.Text('s', symbol);
        if (reader.error() == ParseError::kNone) result.instrument = symbols_.Find(symbol);
        result.error = error != ParseError::kNone ? error : reader.error();
        if (!result.ok()) return result;
        if (result.instrument == kNoInstrument) return Ignored();
        sink.OnEvent(result.instrument, event_, link);
        return result;
    }

    static ParseResult Ignored() noexcept {
        ParseResult result;
        result.ignored = true;
        return result;
    }

    // Of a bad message whose payload does not tell: what its stream name says. Off the hot path.
    void Attribute(std::string_view frame, ParseResult& result) const noexcept {
        constexpr std::string_view kKey = R"("stream":")";
        if (result.instrument != kNoInstrument) return;
        const size_t at = frame.find(kKey);
        if (at == std::string_view::npos) return;
        const std::string_view rest = frame.substr(at + kKey.size());
        if (rest.find('"') == std::string_view::npos) return;
        const auto stream = ParseStreamName(rest.substr(0, rest.find('"')));
        if (!stream) return;
        result.instrument = symbols_.Find(stream->symbol);
        result.type = stream->type;
    }

    const SymbolTable& symbols_;
    simdjson::ondemand::parser parser_;
    std::vector<char> buffer_;
    LetterFields fields_;
    LetterFields kline_;
    Control control_;
    std::string symbol_;
    std::vector<model::Level> bids_;
    std::vector<model::Level> asks_;
    model::Event event_;
};

}  // namespace

std::unique_ptr<FrameParser> MakeSpotParser(const SymbolTable& symbols) {
    return std::make_unique<SpotParser>(symbols);
}

}  // namespace mp::collector::binance
