#include "collector/venues/binance/parse.hpp"

#include <vector>

#include "collector/venues/binance/frame_reader.hpp"
#include "collector/venues/binance/streams.hpp"
#include "collector/venues/json/levels.hpp"
#include "collector/venues/json/side.hpp"

namespace mp::collector::binance {
namespace {

constexpr char kPrevious = LetterFields::kPrevious;
constexpr char kSide = LetterFields::kSide;

ParseError ReadSide(std::string_view token, model::Side& side) noexcept {
    return json::ReadSide(token, json::kUpperCaseSides, side);
}

// What of a body follows from its instrument.
void Complete(model::Trade& trade, const InstrumentFacts& facts) noexcept {
    trade.base_quantity = facts.BaseOf(trade.quantity);
}

void Complete(model::Liquidation& liquidation, const InstrumentFacts& facts) noexcept {
    liquidation.base_quantity = facts.BaseOf(liquidation.quantity);
    liquidation.instrument_type = facts.type;
}

// Where volume counts contracts, each worth so much of the quote asset, Binance gives the base
// asset's volume instead of the quote's.
template <typename Body>
void CompleteVolume(Body& body, const InstrumentFacts& facts) noexcept {
    if (facts.quantity_unit != model::QuantityUnit::kContracts) return;
    body.quote_volume.reset();
    const std::optional<Decimal>& size = facts.contract_size;
    const std::optional<Decimal> volume(body.volume);
    if (size && volume) body.quote_volume = Multiply(*volume, *size);
}
void Complete(model::Ticker& ticker, const InstrumentFacts& facts) noexcept {
    CompleteVolume(ticker, facts);
}
void Complete(model::Kline& kline, const InstrumentFacts& facts) noexcept {
    CompleteVolume(kline, facts);
}

template <typename Body>
void Complete(Body&, const InstrumentFacts&) noexcept {}

class Parser final : public FrameParser {
  public:
    // `foreign`: "st" of messages that are another market's; empty where there is none.
    Parser(const SymbolTable& symbols, std::string_view foreign)
        : symbols_(symbols), foreign_(foreign) {
        bids_.reserve(5000);
        asks_.reserve(5000);
    }

    ParseResult Parse(
        std::string_view frame, Nanos received_ts, FrameSink& sink
    ) noexcept override {
        reader_.Load(frame);
        event_.received_ts = received_ts;
        if (reader_.ReadPlain()) {
            const ParseResult result = Dispatch(sink);
            if (result.ok()) return result;
        }
        // What is not plain, or wrong.
        ParseResult result;
        result.error = reader_.ReadAny();
        if (result.ok()) result = Dispatch(sink);
        if (!result.ok()) Attribute(result);
        return result;
    }

  private:
    ParseResult Dispatch(FrameSink& sink) noexcept {
        if (reader_.is_list()) return Ignored();
        if (!fields_.Has('e')) {
            if (fields_.Has('u') && fields_.Has('b')) return Bbo(sink);
            return Controls(sink);
        }
        if (!foreign_.empty() && fields_.Has(kSide) && fields_[kSide] == foreign_) return Ignored();
        const std::string_view kind = fields_['e'];
        if (kind == "\"trade\"") return Trade(sink, 't', model::TradeIdSpace::kTrade);
        if (kind == "\"depthUpdate\"") return Depth(sink);
        if (kind == "\"bookTicker\"") return Bbo(sink);
        if (kind == "\"aggTrade\"") return Trade(sink, 'a', model::TradeIdSpace::kAggregate);
        if (kind == "\"markPriceUpdate\"") return MarkPrice(sink);
        if (kind == "\"kline\"") return Kline(sink);
        if (kind == "\"24hrTicker\"") return Ticker(sink);
        if (kind == "\"forceOrder\"") return Liquidation(sink);
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
        if (fields_.Has('X') && fields_['X'] != "\"MARKET\"") {
            return Skip(reader.error(), link, sink);
        }
        return Emit(trade, reader.error(), &link, sink);
    }

    ParseResult Depth(FrameSink& sink) noexcept {
        auto& delta = event_.body.emplace<model::BookDelta>();
        FieldReader reader(fields_);
        reader.Time('E', event_.order_ts)
            .Unsigned('U', delta.first_update_id)
            .Unsigned('u', delta.last_update_id)
            .Get('b', bids_, json::ReadLevels)
            .Get('a', asks_, json::ReadLevels);
        // -1: there was none.
        if (fields_.Has(kPrevious) && fields_[kPrevious] != "-1") {
            reader.Unsigned(kPrevious, delta.previous_update_id.emplace());
        }
        event_.exchange_ts = event_.order_ts;
        delta.bids = bids_;
        delta.asks = asks_;
        const ChainLink link{delta.first_update_id, delta.last_update_id, delta.previous_update_id};
        return Emit(delta, reader.error(), &link, sink);
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
        if (fields_.Has('e')) {
            reader.Time('T', event_.order_ts).Time('E', event_.exchange_ts.emplace());
        }
        return Emit(bbo, reader.error(), nullptr, sink);
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
        return Emit(ticker, reader.error(), nullptr, sink);
    }

    ParseResult Kline(FrameSink& sink) noexcept {
        auto& kline = event_.body.emplace<model::Kline>();
        FieldReader outer(fields_);
        outer.Time('E', event_.order_ts);
        FieldReader reader(nested_, outer.error());
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
        return Emit(kline, reader.error(), nullptr, sink);
    }

    // One message, two series.
    ParseResult MarkPrice(FrameSink& sink) noexcept {
        auto& mark = event_.body.emplace<model::MarkPrice>();
        model::FundingRate funding;
        Nanos next_funding = 0;
        FieldReader reader(fields_);
        reader.Time('E', event_.order_ts).Decimal('p', mark.mark_price);
        if (fields_.HasValue('i')) reader.Decimal('i', mark.index_price);
        const bool has_rate = fields_.HasValue('r') && fields_.HasValue('T');
        if (has_rate) reader.Decimal('r', funding.funding_rate).Time('T', next_funding);
        event_.exchange_ts = event_.order_ts;
        funding.next_funding_time = next_funding;
        funding.mark_price = mark.mark_price;
        funding.index_price = mark.index_price;
        if (mark.index_price) {
            funding.premium_index = Subtract(*mark.mark_price, *mark.index_price);
        }
        const ParseResult result = Emit(mark, reader.error(), nullptr, sink);
        if (!result.ok() || result.ignored || next_funding == 0) return result;
        event_.body = funding;
        sink.OnEvent(result.instrument, event_, nullptr);
        return result;
    }

    ParseResult Liquidation(FrameSink& sink) noexcept {
        auto& liquidation = event_.body.emplace<model::Liquidation>();
        FieldReader outer(fields_);
        outer.Time('E', event_.order_ts);
        FieldReader reader(nested_, outer.error());
        reader.Get('S', liquidation.side, ReadSide)
            .Decimal('p', liquidation.price)
            .Decimal('z', liquidation.quantity);
        event_.exchange_ts = event_.order_ts;
        return Emit(liquidation, reader.error(), nullptr, sink, nested_);
    }

    ParseResult Controls(FrameSink& sink) noexcept {
        const FrameReader::Control& control = reader_.control();
        if (!control.seen) return Ignored();
        Notice notice;
        uint64_t id = 0;
        if (json::ReadUnsigned(control.id, id) == ParseError::kNone) notice.id = id;
        notice.kind = control.error.empty() ? Notice::Kind::kAck : Notice::Kind::kRefused;
        notice.text = control.error;
        sink.OnNotice(notice);
        return {};
    }

    // Whose the event is; nobody's is ignored.
    ParseResult Identify(ParseError error, const LetterFields& named) noexcept {
        ParseResult result;
        result.type = model::TypeOf(event_);
        std::string_view symbol;
        FieldReader reader(named);
        reader.Text('s', symbol);
        if (reader.error() == ParseError::kNone) result.instrument = symbols_.Find(symbol);
        result.error = error != ParseError::kNone ? error : reader.error();
        return result.ok() && result.instrument == kNoInstrument ? Ignored() : result;
    }

    template <typename Body>
    ParseResult Emit(
        Body& body, ParseError error, const ChainLink* link, FrameSink& sink
    ) noexcept {
        return Emit(body, error, link, sink, fields_);
    }
    template <typename Body>
    ParseResult Emit(
        Body& body,
        ParseError error,
        const ChainLink* link,
        FrameSink& sink,
        const LetterFields& named
    ) noexcept {
        const ParseResult result = Identify(error, named);
        if (!result.ok() || result.ignored) return result;
        const InstrumentFacts& facts = symbols_.FactsOf(result.instrument);
        if constexpr (requires { body.quantity_unit; }) body.quantity_unit = facts.quantity_unit;
        Complete(body, facts);
        sink.OnEvent(result.instrument, event_, link);
        return result;
    }

    // A trade that the market did not make (insurance fund, auto-deleveraging): its number is used.
    ParseResult Skip(ParseError error, const ChainLink& link, FrameSink& sink) noexcept {
        const ParseResult result = Identify(error, fields_);
        if (!result.ok() || result.ignored) return result;
        sink.OnSkipped(result.instrument, result.type, event_.order_ts, link);
        return Ignored();
    }

    static ParseResult Ignored() noexcept {
        ParseResult result;
        result.ignored = true;
        return result;
    }

    // Of a bad message whose payload does not tell: what its stream name says. Off the hot path.
    void Attribute(ParseResult& result) const noexcept {
        constexpr std::string_view kKey = R"("stream":")";
        const std::string_view frame = reader_.frame();
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
    const std::string_view foreign_;
    FrameReader reader_;
    const LetterFields& fields_ = reader_.fields();
    const LetterFields& nested_ = reader_.nested();
    std::vector<model::Level> bids_;
    std::vector<model::Level> asks_;
    model::Event event_;
};

}  // namespace

std::unique_ptr<FrameParser> MakeSpotParser(const SymbolTable& symbols) {
    return std::make_unique<Parser>(symbols, "");
}

std::unique_ptr<FrameParser> MakeContractParser(const SymbolTable& symbols, model::Market market) {
    return std::make_unique<Parser>(symbols, market == model::Market::kLinear ? "2" : "1");
}

}  // namespace mp::collector::binance
