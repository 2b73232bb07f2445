#include "collector/venues/okx/parse.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "collector/venues/json/cursor.hpp"
#include "collector/venues/json/levels.hpp"
#include "collector/venues/json/token_reader.hpp"
#include "collector/venues/okx/checksum.hpp"
#include "collector/venues/okx/streams.hpp"

namespace mp::collector::okx {
namespace {

using json::Cursor;
using json::ReadMembers;
using json::TokenReader;
using json::Tokens;

constexpr size_t kPadding = 64;

// Members of interest, in the order in which OKX writes them; the enumerators index them.
namespace arg {
constexpr std::array<std::string_view, 3> kNames = {"channel", "instId", "instType"};
enum : size_t { kChannel, kInstId, kInstType };
}  // namespace arg

namespace trade {
constexpr std::array<std::string_view, 7> kNames = {
    "tradeId", "px", "sz", "side", "ts", "count", "seqId"};
enum : size_t { kTradeId, kPx, kSz, kSide, kTs, kCount, kSeqId };
}  // namespace trade

namespace ticker {
constexpr std::array<std::string_view, 7> kNames = {
    "last", "open24h", "high24h", "low24h", "volCcy24h", "vol24h", "ts"};
enum : size_t { kLast, kOpen, kHigh, kLow, kVolCcy, kVol, kTs };
}  // namespace ticker

namespace funding {
constexpr std::array<std::string_view, 4> kNames = {
    "fundingRate", "fundingTime", "nextFundingRate", "ts"};
enum : size_t { kRate, kTime, kNextRate, kTs };
}  // namespace funding

namespace interest {
constexpr std::array<std::string_view, 3> kNames = {"oi", "oiUsd", "ts"};
enum : size_t { kContracts, kUsd, kTs };
}  // namespace interest

namespace mark {
constexpr std::array<std::string_view, 2> kNames = {"markPx", "ts"};
enum : size_t { kPx, kTs };
}  // namespace mark

namespace liquidation {
constexpr std::array<std::string_view, 2> kNames = {"details", "instId"};
enum : size_t { kDetails, kInstId };
constexpr std::array<std::string_view, 4> kDetailNames = {"bkPx", "side", "sz", "ts"};
enum : size_t { kPx, kSide, kSz, kTs };
}  // namespace liquidation

// The best level of a side with one level; nothing of an empty one.
void TakeBest(
    const std::vector<model::Level>& side,
    std::optional<Decimal>& price,
    std::optional<Decimal>& quantity
) {
    price.reset();
    quantity.reset();
    if (side.empty()) return;
    price = side.front().price;
    quantity = side.front().quantity;
}

// The words between `before` and the first of `stops` behind them.
std::string_view Between(std::string_view text, std::string_view before, std::string_view stops) {
    const size_t at = text.find(before);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = text.substr(at + before.size());
    return rest.substr(0, rest.find_first_of(stops));
}

class OkxParser final : public FrameParser {
  public:
    explicit OkxParser(const SymbolTable& symbols) : symbols_(symbols) {
        bids_.reserve(400);
        asks_.reserve(400);
        seen_.reserve(64);
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
        event_.received_ts = received_ts;
        sink_ = &sink;
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
    struct Envelope {
        std::string_view event, action, code, message, id;
        std::string_view data;  // whole, where it came before what it takes to read it
        Tokens<3> arg;
        Channel channel = Channel::kUnknown;
        const Bar* bar = nullptr;
        InstrumentId instrument = kNoInstrument;
        bool has_arg = false;
        bool has_data = false;
    };

    // What is kept of an instrument from message to message.
    struct Flow {
        uint64_t epoch = 0;  // resets of seqId so far
        bool plain = false;  // every level that the book holds was written the plain way
    };

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
            const bool ready = envelope_.has_arg &&
                               (envelope_.channel != Channel::kBook || !envelope_.action.empty());
            if (ready) return ReadData(cursor);
            return cursor.TakeValue(envelope_.data) ? ParseError::kNone : ParseError::kSyntax;
        }
        std::string_view value;
        if (!cursor.TakeValue(value)) return ParseError::kSyntax;
        if (key == "action") envelope_.action = value;
        if (key == "event") envelope_.event = value;
        if (key == "code") envelope_.code = value;
        if (key == "msg") envelope_.message = value;
        if (key == "id") envelope_.id = value;
        return ParseError::kNone;
    }

    ParseError ReadArg(Cursor& cursor) noexcept {
        const ParseError error = ReadMembers(cursor, arg::kNames, envelope_.arg);
        if (error != ParseError::kNone) return error;
        envelope_.has_arg = true;
        const std::string_view channel = json::Unquoted(envelope_.arg[arg::kChannel]);
        envelope_.channel = ChannelOf(channel);
        if (envelope_.channel == Channel::kCandle) envelope_.bar = FindBar(channel);
        result_.type = TypeOf(envelope_.channel);
        const std::string_view symbol = json::Unquoted(envelope_.arg[arg::kInstId]);
        if (!symbol.empty()) envelope_.instrument = symbols_.Find(symbol);
        result_.instrument = envelope_.instrument;
        return ParseError::kNone;
    }

    // The array of rows.
    ParseError ReadData(Cursor& cursor) noexcept {
        const bool wanted =
            envelope_.channel != Channel::kUnknown &&
            (envelope_.instrument != kNoInstrument || envelope_.channel == Channel::kLiquidation);
        if (!wanted) {
            std::string_view unread;
            result_.ignored = true;
            return cursor.TakeValue(unread) ? ParseError::kNone : ParseError::kSyntax;
        }
        if (!cursor.Take('[')) return ParseError::kType;
        if (cursor.Take(']')) return ParseError::kNone;
        seen_.clear();
        result_.ignored = envelope_.channel == Channel::kLiquidation;
        do {
            const ParseError error = ReadRow(cursor);
            if (error != ParseError::kNone) return error;
        } while (cursor.Take(','));
        return cursor.Take(']') ? ParseError::kNone : ParseError::kSyntax;
    }

    ParseError ReadRow(Cursor& cursor) noexcept {
        switch (envelope_.channel) {
            case Channel::kTrades:
                return Trade(cursor, model::TradeIdSpace::kAggregate);
            case Channel::kTradesAll:
                return Trade(cursor, model::TradeIdSpace::kTrade);
            case Channel::kBook:
                return Book(cursor);
            case Channel::kBestQuote:
                return BestQuote(cursor);
            case Channel::kTicker:
                return Ticker(cursor);
            case Channel::kCandle:
                return Candle(cursor);
            case Channel::kFunding:
                return Funding(cursor);
            case Channel::kOpenInterest:
                return OpenInterest(cursor);
            case Channel::kMarkPrice:
                return MarkPrice(cursor);
            case Channel::kLiquidation:
                return Liquidations(cursor);
            case Channel::kUnknown:
                break;
        }
        return ParseError::kType;
    }

    const InstrumentFacts& Facts() const noexcept { return symbols_.FactsOf(envelope_.instrument); }

    Flow& FlowOf(InstrumentId id) noexcept {
        if (id >= flows_.size()) flows_.resize(id + 1);
        return flows_[id];
    }

    ParseError Emit(ParseError error, const ChainLink* link = nullptr) noexcept {
        if (error != ParseError::kNone) return error;
        sink_->OnEvent(envelope_.instrument, event_, link);
        return error;
    }

    // The event's time; the venue sent some rows without one once.
    void TakeTime(std::optional<Nanos> time) noexcept {
        event_.exchange_ts = time;
        event_.order_ts = time.value_or(event_.received_ts);
    }

    static ParseError ReadSide(std::string_view token, model::Side& side) noexcept {
        side = token == "\"buy\""    ? model::Side::kBuy
               : token == "\"sell\"" ? model::Side::kSell
                                     : model::Side::kUnspecified;
        if (side != model::Side::kUnspecified) return ParseError::kNone;
        return token.empty() ? ParseError::kMissing : ParseError::kType;
    }

    ParseError Trade(Cursor& cursor, model::TradeIdSpace space) noexcept {
        Tokens<trade::kNames.size()> row;
        const ParseError shape = ReadMembers(cursor, trade::kNames, row);
        if (shape != ParseError::kNone) return shape;
        auto& out = event_.body.emplace<model::Trade>();
        Nanos time = 0;
        std::optional<uint64_t> count;
        std::optional<uint64_t> sequence;
        TokenReader reader;
        reader.Unsigned(row[trade::kTradeId], out.trade_id.number)
            .Decimal(row[trade::kPx], out.price)
            .Decimal(row[trade::kSz], out.quantity)
            .Fail(ReadSide(row[trade::kSide], out.side))
            .Time(row[trade::kTs], time)
            .Unsigned(row[trade::kCount], count)
            .Unsigned(row[trade::kSeqId], sequence);
        TakeTime(time);
        out.id_space = space;
        out.sequence = sequence.value_or(0);
        out.quantity_unit = Facts().quantity_unit;
        out.base_quantity = Facts().BaseOf(out.quantity);
        const uint64_t last = out.trade_id.number;
        uint64_t fills = 1;
        if (space == model::TradeIdSpace::kAggregate) {
            fills = count.value_or(1);
            if (fills == 0 || fills > last) reader.Fail(ParseError::kType);
            out.first_fill_id = last - fills + 1;
            out.last_fill_id = last;
        }
        const ChainLink link{last - fills + 1, last, std::nullopt};
        return Emit(reader.error(), &link);
    }

    ParseError Book(Cursor& cursor) noexcept {
        BookRow row;
        const ParseError shape = ReadBookRow(cursor, row);
        if (shape != ParseError::kNone) return shape;
        Nanos time = 0;
        int64_t last = 0;
        int64_t previous = -1;
        int64_t checksum = 0;
        TokenReader reader;
        reader.Time(row.ts, time);
        if (!row.last.empty()) reader.Signed(row.last, last);
        if (!row.previous.empty()) reader.Signed(row.previous, previous);
        if (!row.checksum.empty()) reader.Signed(row.checksum, checksum);
        if (last < 0) reader.Fail(ParseError::kType);
        if (reader.error() != ParseError::kNone) return reader.error();
        TakeTime(time);
        if (envelope_.action == "\"snapshot\"")
            return Snapshot(row, static_cast<uint64_t>(last), checksum);
        if (envelope_.action == "\"update\"") {
            return Update(row, static_cast<uint64_t>(last), previous, checksum);
        }
        return envelope_.action.empty() ? ParseError::kMissing : ParseError::kType;
    }

    struct BookRow {
        std::string_view bids, asks;  // as they stand
        std::string_view ts, last, previous, checksum;
    };

    // As ReadMembers, with the sides read on the way.
    ParseError ReadBookRow(Cursor& cursor, BookRow& row) noexcept {
        if (cursor.Peek() != '{') return ParseError::kType;
        (void)cursor.Take('{');
        do {
            std::string_view key;
            if (!cursor.TakeKey(key)) return ParseError::kSyntax;
            if (key == "asks" || key == "bids") {
                (void)cursor.Peek();
                const char* begin = cursor.position();
                const ParseError error = json::TakeLevels(cursor, key == "asks" ? asks_ : bids_);
                if (error != ParseError::kNone) return error;
                const std::string_view text(begin, static_cast<size_t>(cursor.position() - begin));
                (key == "asks" ? row.asks : row.bids) = text;
                continue;
            }
            std::string_view value;
            if (!cursor.TakeValue(value)) return ParseError::kSyntax;
            if (key == "ts") row.ts = value;
            if (key == "seqId") row.last = value;
            if (key == "prevSeqId") row.previous = value;
            if (key == "checksum") row.checksum = value;
        } while (cursor.Take(','));
        if (!cursor.Take('}')) return ParseError::kSyntax;
        return row.asks.empty() || row.bids.empty() ? ParseError::kMissing : ParseError::kNone;
    }

    // 0 means that there is none.
    static std::optional<uint32_t> ChecksumOf(int64_t value, const Flow& flow) noexcept {
        if (value == 0 || !flow.plain) return std::nullopt;
        return static_cast<uint32_t>(value);
    }

    ParseError Snapshot(const BookRow& row, uint64_t last, int64_t checksum) noexcept {
        Flow& flow = FlowOf(envelope_.instrument);
        if (checksum != 0) flow.plain = IsPlain(row.bids) && IsPlain(row.asks);
        auto& out = event_.body.emplace<model::BookSnapshot>();
        out.bids = bids_;
        out.asks = asks_;
        out.last_update_id = last;
        out.epoch = flow.epoch;
        out.quantity_unit = Facts().quantity_unit;
        ChainLink link{last, last, std::nullopt};
        link.checksum = ChecksumOf(checksum, flow);
        return Emit(ParseError::kNone, &link);
    }

    ParseError Update(
        const BookRow& row, uint64_t last, int64_t previous, int64_t checksum
    ) noexcept {
        Flow& flow = FlowOf(envelope_.instrument);
        const bool empty = bids_.empty() && asks_.empty();
        const bool numbered = last > 0 && previous >= 0;
        // A sign of life, no event.
        if (empty && (!numbered || static_cast<uint64_t>(previous) == last))
            return ParseError::kNone;
        auto& out = event_.body.emplace<model::BookDelta>();
        out.bids = bids_;
        out.asks = asks_;
        out.quantity_unit = Facts().quantity_unit;
        if (numbered) {
            out.first_update_id = static_cast<uint64_t>(previous);
            out.previous_update_id = out.first_update_id;
            out.last_update_id = last;
            if (last < out.first_update_id) ++flow.epoch;
        }
        out.epoch = flow.epoch;
        if (checksum != 0 && flow.plain) flow.plain = IsPlain(row.bids) && IsPlain(row.asks);
        ChainLink link{out.first_update_id, out.last_update_id, out.previous_update_id};
        link.checksum = ChecksumOf(checksum, flow);
        const bool proves = numbered || link.checksum;
        return Emit(ParseError::kNone, proves ? &link : nullptr);
    }

    ParseError BestQuote(Cursor& cursor) noexcept {
        BookRow row;
        const ParseError shape = ReadBookRow(cursor, row);
        if (shape != ParseError::kNone) return shape;
        auto& out = event_.body.emplace<model::Bbo>();
        Nanos time = 0;
        TokenReader reader;
        reader.Time(row.ts, time);
        if (!row.last.empty()) reader.Unsigned(row.last, out.update_id);
        TakeTime(time);
        TakeBest(bids_, out.bid_price, out.bid_quantity);
        TakeBest(asks_, out.ask_price, out.ask_quantity);
        out.quantity_unit = Facts().quantity_unit;
        return Emit(reader.error());
    }

    ParseError Ticker(Cursor& cursor) noexcept {
        Tokens<ticker::kNames.size()> row;
        const ParseError shape = ReadMembers(cursor, ticker::kNames, row);
        if (shape != ParseError::kNone) return shape;
        auto& out = event_.body.emplace<model::Ticker>();
        Nanos time = 0;
        TokenReader reader;
        reader.Time(row[ticker::kTs], time)
            .Decimal(row[ticker::kLast], out.last_price)
            .Decimal(row[ticker::kOpen], out.open_price)
            .Decimal(row[ticker::kHigh], out.high_price)
            .Decimal(row[ticker::kLow], out.low_price)
            .Decimal(row[ticker::kVol], out.volume);
        out.quantity_unit = Facts().quantity_unit;
        // Of contracts it counts the base asset.
        if (out.quantity_unit == model::QuantityUnit::kBase) {
            reader.Decimal(row[ticker::kVolCcy], out.quote_volume);
        }
        TakeTime(time);
        return Emit(reader.error());
    }

    // An array; older rows end earlier.
    ParseError Candle(Cursor& cursor) noexcept {
        enum : size_t { kOpenTime, kOpen, kHigh, kLow, kClose, kVol, kVolCcy, kVolQuote, kConfirm };
        Tokens<9> row;
        if (cursor.Peek() != '[') return ParseError::kType;
        (void)cursor.Take('[');
        size_t count = 0;
        do {
            std::string_view value;
            if (!cursor.TakeValue(value)) return ParseError::kSyntax;
            if (count < row.size()) row[count] = value;
            ++count;
        } while (cursor.Take(','));
        if (!cursor.Take(']')) return ParseError::kSyntax;
        auto& out = event_.body.emplace<model::Kline>();
        TokenReader reader;
        reader.Time(row[kOpenTime], out.open_time)
            .Decimal(row[kOpen], out.open)
            .Decimal(row[kHigh], out.high)
            .Decimal(row[kLow], out.low)
            .Decimal(row[kClose], out.close)
            .Decimal(row[kVol], out.volume);
        out.quantity_unit = Facts().quantity_unit;
        const bool spot = out.quantity_unit == model::QuantityUnit::kBase;
        reader.Decimal(
            spot && count <= kVolQuote ? row[kVolCcy] : row[kVolQuote], out.quote_volume
        );
        out.closed = json::Unquoted(row[kConfirm]) == "1";
        out.interval = envelope_.bar->interval;
        out.close_time = CloseOf(*envelope_.bar, out.open_time);
        TakeTime(std::nullopt);
        return Emit(reader.error());
    }

    ParseError Funding(Cursor& cursor) noexcept {
        Tokens<funding::kNames.size()> row;
        const ParseError shape = ReadMembers(cursor, funding::kNames, row);
        if (shape != ParseError::kNone) return shape;
        auto& out = event_.body.emplace<model::FundingRate>();
        std::optional<Nanos> time;
        TokenReader reader;
        reader.Decimal(row[funding::kRate], out.funding_rate)
            .Time(row[funding::kTime], out.next_funding_time)
            .Decimal(row[funding::kNextRate], out.estimated_rate)
            .Time(row[funding::kTs], time);
        if (!out.funding_rate && !out.estimated_rate) reader.Fail(ParseError::kMissing);
        TakeTime(time);
        return Emit(reader.error());
    }

    ParseError OpenInterest(Cursor& cursor) noexcept {
        Tokens<interest::kNames.size()> row;
        const ParseError shape = ReadMembers(cursor, interest::kNames, row);
        if (shape != ParseError::kNone) return shape;
        auto& out = event_.body.emplace<model::OpenInterest>();
        Nanos time = 0;
        TokenReader reader;
        reader.Decimal(row[interest::kContracts], out.open_interest.emplace())
            .Time(row[interest::kTs], time);
        // A product that OKX writes with up to 20 decimals: where it is no Decimal it stays
        // unknown.
        Decimal value;
        const std::string_view usd = row[interest::kUsd];
        if (!json::IsAbsent(usd)) {
            const ParseError error = json::ReadAnyDecimal(usd, value);
            if (error == ParseError::kNone) out.open_interest_value = value;
            if (error != ParseError::kOverflow) reader.Fail(error);
        }
        out.quantity_unit = Facts().quantity_unit;
        TakeTime(time);
        return Emit(reader.error());
    }

    ParseError MarkPrice(Cursor& cursor) noexcept {
        Tokens<mark::kNames.size()> row;
        const ParseError shape = ReadMembers(cursor, mark::kNames, row);
        if (shape != ParseError::kNone) return shape;
        auto& out = event_.body.emplace<model::MarkPrice>();
        Nanos time = 0;
        TokenReader reader;
        reader.Decimal(row[mark::kPx], out.mark_price.emplace()).Time(row[mark::kTs], time);
        TakeTime(time);
        return Emit(reader.error());
    }

    // One instrument's orders.
    ParseError Liquidations(Cursor& cursor) noexcept {
        Tokens<liquidation::kNames.size()> row;
        const ParseError shape = ReadMembers(cursor, liquidation::kNames, row);
        if (shape != ParseError::kNone) return shape;
        if (row[liquidation::kInstId].empty()) return ParseError::kMissing;
        envelope_.instrument = symbols_.Find(json::Unquoted(row[liquidation::kInstId]));
        if (envelope_.instrument == kNoInstrument) return ParseError::kNone;
        result_.ignored = false;
        result_.instrument = envelope_.instrument;
        if (row[liquidation::kDetails].empty()) return ParseError::kMissing;
        Cursor details(row[liquidation::kDetails]);
        if (!details.Take('[')) return ParseError::kType;
        if (details.Take(']')) return ParseError::kNone;
        do {
            const ParseError error = LiquidationOrder(details);
            if (error != ParseError::kNone) return error;
        } while (details.Take(','));
        return details.Take(']') ? ParseError::kNone : ParseError::kSyntax;
    }

    ParseError LiquidationOrder(Cursor& cursor) noexcept {
        Tokens<liquidation::kDetailNames.size()> row;
        const ParseError shape = ReadMembers(cursor, liquidation::kDetailNames, row);
        if (shape != ParseError::kNone) return shape;
        auto& out = event_.body.emplace<model::Liquidation>();
        Nanos time = 0;
        TokenReader reader;
        reader.Decimal(row[liquidation::kPx], out.price)
            .Decimal(row[liquidation::kSz], out.quantity)
            .Fail(ReadSide(row[liquidation::kSide], out.side))
            .Time(row[liquidation::kTs], time);
        out.instrument_type = Facts().type;
        out.quantity_unit = Facts().quantity_unit;
        out.base_quantity = Facts().BaseOf(out.quantity);
        TakeTime(time);
        const Seen order{envelope_.instrument, time, out};
        event_.ordinal = static_cast<uint32_t>(std::count(seen_.begin(), seen_.end(), order));
        seen_.push_back(order);
        const ParseError error = Emit(reader.error());
        event_.ordinal = 0;
        return error;
    }

    ParseError Control() noexcept {
        const std::string_view event = json::Unquoted(envelope_.event);
        Notice notice;
        uint64_t id = 0;
        if (json::ReadUnsigned(json::Unquoted(envelope_.id), id) == ParseError::kNone) {
            notice.id = id;
        }
        result_ = {};
        if (event == "subscribe" || event == "unsubscribe") {
            if (!envelope_.has_arg) return ParseError::kMissing;
            NameArg();
            notice.kind = Notice::Kind::kAck;
            notice.channel = name_;
        } else if (event == "error") {
            notice.kind = Notice::Kind::kRefused;
            notice.text = json::Unquoted(envelope_.message);
            NameRefused(notice.text);
            notice.channel = name_;
        } else if (event == "notice" && json::Unquoted(envelope_.code) == "64008") {
            notice.kind = Notice::Kind::kRestart;
            notice.text = json::Unquoted(envelope_.message);
        } else {
            result_.ignored = true;
            return ParseError::kNone;
        }
        sink_->OnNotice(notice);
        return ParseError::kNone;
    }

    // The channel as streams.hpp writes it.
    void NameArg() noexcept {
        const std::string_view what = envelope_.arg[arg::kInstId].empty()
                                          ? envelope_.arg[arg::kInstType]
                                          : envelope_.arg[arg::kInstId];
        name_.assign(json::Unquoted(envelope_.arg[arg::kChannel]));
        name_.append(":").append(json::Unquoted(what));
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

    struct Seen {
        InstrumentId instrument;
        Nanos time;
        model::Liquidation order;

        friend bool operator==(const Seen&, const Seen&) = default;
    };

    const SymbolTable& symbols_;
    std::vector<char> buffer_;
    FrameSink* sink_ = nullptr;
    ParseResult result_;
    Envelope envelope_;
    std::vector<Flow> flows_;  // by instrument
    std::vector<Seen> seen_;   // liquidations of this message
    std::string name_;         // of the channel that a notice is about
    std::vector<model::Level> bids_;
    std::vector<model::Level> asks_;
    model::Event event_;
};

}  // namespace

std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols) {
    return std::make_unique<OkxParser>(symbols);
}

}  // namespace mp::collector::okx
