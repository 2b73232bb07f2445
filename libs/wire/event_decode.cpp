#include <limits>
#include <optional>
#include <string>

#include "wire/event_codec.hpp"
#include "wire/field_reader.hpp"
#include "wire/utf8.hpp"

namespace mp::wire {
namespace {

constexpr uint32_t Varint(uint32_t field) {
    return Tag(field, WireType::kVarint);
}
constexpr uint32_t Fixed(uint32_t field) {
    return Tag(field, WireType::kFixed64);
}
constexpr uint32_t Bytes(uint32_t field) {
    return Tag(field, WireType::kBytes);
}

// Reads one event. The first thing wrong is kept; what follows is then of no matter.
class Reading {
  public:
    Reading(SideReader& sides, std::vector<model::Level>& bids, std::vector<model::Level>& asks)
        : sides_(sides), bids_(bids), asks_(asks) {}

    const char* error() const { return error_; }

    void Read(std::string_view bytes, model::Event& event) {
        bool has_body = false;
        Fields(bytes, "the event is malformed", [&](const Field& field) {
            switch (field.tag) {
                case Fixed(1):
                    event.order_ts = static_cast<Nanos>(field.number);
                    break;
                case Fixed(2):
                    event.received_ts = static_cast<Nanos>(field.number);
                    break;
                case Fixed(3):
                    event.exchange_ts = static_cast<Nanos>(field.number);
                    break;
                case Varint(16):
                    event.ordinal = static_cast<uint32_t>(field.number);
                    break;
                default:
                    has_body = Body(field, event.body) || has_body;
                    break;
            }
        });
        if (!has_body) Fail("the event has no body");
    }

  private:
    void Fail(const char* error) {
        if (error_ == nullptr) error_ = error;
    }

    void Fields(std::string_view bytes, const char* malformed, auto&& take) {
        FieldReader reader(bytes);
        Field field;
        while (reader.Next(field)) take(field);
        if (reader.malformed()) Fail(malformed);
    }

    template <typename T>
    bool Into(std::string_view bytes, model::Body& body) {
        Read(bytes, body.emplace<T>());
        return true;
    }

    bool Body(const Field& field, model::Body& body) {
        switch (field.tag) {
            case Bytes(4):
                return Into<model::Trade>(field.bytes, body);
            case Bytes(5):
                return Into<model::BookDelta>(field.bytes, body);
            case Bytes(6):
                return Into<model::BookSnapshot>(field.bytes, body);
            case Bytes(7):
                return Into<model::Bbo>(field.bytes, body);
            case Bytes(8):
                return Into<model::Ticker>(field.bytes, body);
            case Bytes(9):
                return Into<model::Kline>(field.bytes, body);
            case Bytes(10):
                return Into<model::FundingRate>(field.bytes, body);
            case Bytes(11):
                return Into<model::OpenInterest>(field.bytes, body);
            case Bytes(12):
                return Into<model::Liquidation>(field.bytes, body);
            case Bytes(13):
                return Into<model::MarkPrice>(field.bytes, body);
            case Bytes(14):
                return Into<model::InstrumentInfo>(field.bytes, body);
            case Bytes(15):
                return Into<model::Coverage>(field.bytes, body);
            default:
                return false;
        }
    }

    Decimal Value(const Field& field) {
        int64_t mantissa = 0;
        uint64_t scale = 0;
        Fields(field.bytes, "a decimal is malformed", [&](const Field& part) {
            if (part.tag == Varint(1)) mantissa = UnZigZag(part.number);
            if (part.tag == Varint(2)) scale = part.number;
        });
        Decimal value;
        if (!MakeDecimal(mantissa, scale, value)) Fail("a decimal is out of range");
        return value;
    }

    Decimal Required(const std::optional<Decimal>& value, const char* missing) {
        if (!value) Fail(missing);
        return value.value_or(Decimal{});
    }

    std::string_view Text(const Field& field) {
        if (!IsUtf8(field.bytes)) Fail("a text is not UTF-8");
        return field.bytes;
    }

    template <typename Enum>
    Enum Choice(const Field& field, Enum last) {
        if (field.number > static_cast<uint64_t>(last)) Fail("an enum has an unknown value");
        return static_cast<Enum>(field.number);
    }
    model::QuantityUnit Unit(const Field& field) {
        return Choice(field, model::QuantityUnit::kContracts);
    }

    static Nanos Time(const Field& field) { return static_cast<Nanos>(field.number); }

    std::span<const model::Level> Side(const Field& field, std::vector<model::Level>& levels) {
        const char* const error = sides_.Read(field.bytes, levels);
        if (error != nullptr) Fail(error);
        return levels;
    }

    void Read(std::string_view bytes, model::Trade& trade) {
        std::optional<Decimal> price, quantity;
        Fields(bytes, "the trade is malformed", [&](const Field& field) {
            switch (field.tag) {
                case Bytes(1):
                    price = Value(field);
                    break;
                case Bytes(2):
                    quantity = Value(field);
                    break;
                case Varint(3):
                    trade.side = Choice(field, model::Side::kSell);
                    break;
                case Varint(4):
                    trade.id_space = Choice(field, model::TradeIdSpace::kAggregate);
                    break;
                case Varint(5):
                    trade.trade_id = {field.number, {}};
                    break;
                case Bytes(6):
                    trade.trade_id = {0, Text(field)};
                    break;
                case Varint(7):
                    trade.sequence = field.number;
                    break;
                case Varint(8):
                    trade.quantity_unit = Unit(field);
                    break;
                case Bytes(9):
                    trade.base_quantity = Value(field);
                    break;
                case Varint(10):
                    trade.first_fill_id = field.number;
                    break;
                case Varint(11):
                    trade.last_fill_id = field.number;
                    break;
                default:
                    break;
            }
        });
        trade.price = Required(price, "the trade has no price");
        trade.quantity = Required(quantity, "the trade has no quantity");
    }

    void Read(std::string_view bytes, model::BookDelta& delta) {
        Fields(bytes, "the book delta is malformed", [&](const Field& field) {
            switch (field.tag) {
                case Bytes(1):
                    delta.bids = Side(field, bids_);
                    break;
                case Bytes(2):
                    delta.asks = Side(field, asks_);
                    break;
                case Varint(3):
                    delta.first_update_id = field.number;
                    break;
                case Varint(4):
                    delta.last_update_id = field.number;
                    break;
                case Varint(5):
                    delta.epoch = field.number;
                    break;
                case Varint(6):
                    delta.previous_update_id = field.number;
                    break;
                case Varint(7):
                    delta.part = static_cast<uint32_t>(field.number);
                    break;
                case Varint(8):
                    delta.parts = static_cast<uint32_t>(field.number);
                    break;
                case Varint(9):
                    delta.quantity_unit = Unit(field);
                    break;
                default:
                    break;
            }
        });
    }

    void Read(std::string_view bytes, model::BookSnapshot& snapshot) {
        Fields(bytes, "the book snapshot is malformed", [&](const Field& field) {
            switch (field.tag) {
                case Bytes(1):
                    snapshot.bids = Side(field, bids_);
                    break;
                case Bytes(2):
                    snapshot.asks = Side(field, asks_);
                    break;
                case Varint(3):
                    snapshot.last_update_id = field.number;
                    break;
                case Varint(4):
                    snapshot.epoch = field.number;
                    break;
                case Varint(5):
                    snapshot.origin = Choice(field, model::SnapshotOrigin::kDerived);
                    break;
                case Bytes(6):
                    snapshot.known_bid_to = Value(field);
                    break;
                case Bytes(7):
                    snapshot.known_ask_to = Value(field);
                    break;
                case Varint(8):
                    snapshot.part = static_cast<uint32_t>(field.number);
                    break;
                case Varint(9):
                    snapshot.parts = static_cast<uint32_t>(field.number);
                    break;
                case Varint(10):
                    snapshot.quantity_unit = Unit(field);
                    break;
                default:
                    break;
            }
        });
    }

    void Read(std::string_view bytes, model::Bbo& bbo) {
        Fields(bytes, "the bbo is malformed", [&](const Field& field) {
            switch (field.tag) {
                case Bytes(1):
                    bbo.bid_price = Value(field);
                    break;
                case Bytes(2):
                    bbo.bid_quantity = Value(field);
                    break;
                case Bytes(3):
                    bbo.ask_price = Value(field);
                    break;
                case Bytes(4):
                    bbo.ask_quantity = Value(field);
                    break;
                case Varint(5):
                    bbo.update_id = field.number;
                    break;
                case Varint(6):
                    bbo.quantity_unit = Unit(field);
                    break;
                default:
                    break;
            }
        });
    }

    void Read(std::string_view bytes, model::Ticker& ticker) {
        Fields(bytes, "the ticker is malformed", [&](const Field& field) {
            switch (field.tag) {
                case Bytes(1):
                    ticker.last_price = Value(field);
                    break;
                case Bytes(2):
                    ticker.open_price = Value(field);
                    break;
                case Bytes(3):
                    ticker.high_price = Value(field);
                    break;
                case Bytes(4):
                    ticker.low_price = Value(field);
                    break;
                case Bytes(5):
                    ticker.volume = Value(field);
                    break;
                case Bytes(6):
                    ticker.quote_volume = Value(field);
                    break;
                case Varint(7):
                    ticker.quantity_unit = Unit(field);
                    break;
                default:
                    break;
            }
        });
    }

    void Read(std::string_view bytes, model::Kline& kline) {
        std::optional<Decimal> open, high, low, close, volume;
        Fields(bytes, "the kline is malformed", [&](const Field& field) {
            switch (field.tag) {
                case Bytes(1):
                    kline.interval = Text(field);
                    break;
                case Fixed(2):
                    kline.open_time = Time(field);
                    break;
                case Fixed(3):
                    kline.close_time = Time(field);
                    break;
                case Bytes(4):
                    open = Value(field);
                    break;
                case Bytes(5):
                    high = Value(field);
                    break;
                case Bytes(6):
                    low = Value(field);
                    break;
                case Bytes(7):
                    close = Value(field);
                    break;
                case Bytes(8):
                    volume = Value(field);
                    break;
                case Bytes(9):
                    kline.quote_volume = Value(field);
                    break;
                case Varint(10):
                    kline.trade_count = field.number;
                    break;
                case Varint(11):
                    kline.closed = field.number != 0;
                    break;
                case Varint(12):
                    kline.quantity_unit = Unit(field);
                    break;
                default:
                    break;
            }
        });
        kline.open = Required(open, "the kline has no open");
        kline.high = Required(high, "the kline has no high");
        kline.low = Required(low, "the kline has no low");
        kline.close = Required(close, "the kline has no close");
        kline.volume = Required(volume, "the kline has no volume");
    }

    void Read(std::string_view bytes, model::FundingRate& funding) {
        Fields(bytes, "the funding rate is malformed", [&](const Field& field) {
            switch (field.tag) {
                case Bytes(1):
                    funding.funding_rate = Value(field);
                    break;
                case Bytes(2):
                    funding.estimated_rate = Value(field);
                    break;
                case Fixed(3):
                    funding.next_funding_time = Time(field);
                    break;
                case Bytes(4):
                    funding.mark_price = Value(field);
                    break;
                case Bytes(5):
                    funding.index_price = Value(field);
                    break;
                case Bytes(6):
                    funding.premium_index = Value(field);
                    break;
                default:
                    break;
            }
        });
    }

    void Read(std::string_view bytes, model::OpenInterest& interest) {
        Fields(bytes, "the open interest is malformed", [&](const Field& field) {
            switch (field.tag) {
                case Bytes(1):
                    interest.open_interest = Value(field);
                    break;
                case Bytes(2):
                    interest.open_interest_value = Value(field);
                    break;
                case Varint(3):
                    interest.quantity_unit = Unit(field);
                    break;
                default:
                    break;
            }
        });
    }

    void Read(std::string_view bytes, model::Liquidation& liquidation) {
        std::optional<Decimal> price, quantity;
        Fields(bytes, "the liquidation is malformed", [&](const Field& field) {
            switch (field.tag) {
                case Bytes(1):
                    liquidation.liquidation_id = Text(field);
                    break;
                case Varint(2):
                    liquidation.side = Choice(field, model::Side::kSell);
                    break;
                case Bytes(3):
                    price = Value(field);
                    break;
                case Bytes(4):
                    quantity = Value(field);
                    break;
                case Bytes(5):
                    liquidation.leverage = Value(field);
                    break;
                case Varint(6):
                    liquidation.instrument_type = Choice(field, model::InstrumentType::kOption);
                    break;
                case Varint(7):
                    liquidation.quantity_unit = Unit(field);
                    break;
                case Bytes(8):
                    liquidation.base_quantity = Value(field);
                    break;
                default:
                    break;
            }
        });
        liquidation.price = Required(price, "the liquidation has no price");
        liquidation.quantity = Required(quantity, "the liquidation has no quantity");
    }

    void Read(std::string_view bytes, model::MarkPrice& mark) {
        Fields(bytes, "the mark price is malformed", [&](const Field& field) {
            if (field.tag == Bytes(1)) mark.mark_price = Value(field);
            if (field.tag == Bytes(2)) mark.index_price = Value(field);
        });
    }

    void Read(std::string_view bytes, model::InstrumentInfo& info) {
        Fields(bytes, "the instrument is malformed", [&](const Field& field) {
            switch (field.tag) {
                case Bytes(1):
                    info.base_asset = Text(field);
                    break;
                case Bytes(2):
                    info.quote_asset = Text(field);
                    break;
                case Bytes(3):
                    info.settle_asset = Text(field);
                    break;
                case Bytes(4):
                    info.tick_size = Value(field);
                    break;
                case Bytes(5):
                    info.lot_size = Value(field);
                    break;
                case Bytes(6):
                    info.contract_size = Value(field);
                    break;
                case Bytes(7):
                    info.contract_size_asset = Text(field);
                    break;
                case Varint(8):
                    info.status = Choice(field, model::InstrumentStatus::kDelisted);
                    break;
                case Bytes(9):
                    info.venue_status = Text(field);
                    break;
                case Fixed(10):
                    info.listed_at = Time(field);
                    break;
                case Fixed(11):
                    info.expires_at = Time(field);
                    break;
                case Bytes(12):
                    info.strike = Value(field);
                    break;
                case Bytes(13):
                    info.option_type = Text(field);
                    break;
                case Bytes(14):
                    info.min_quantity = Value(field);
                    break;
                case Bytes(15):
                    info.min_notional = Value(field);
                    break;
                default:
                    break;
            }
        });
    }

    void Read(std::string_view bytes, model::Coverage& coverage) {
        Fields(bytes, "the coverage is malformed", [&](const Field& field) {
            switch (field.tag) {
                case Varint(1):
                    coverage.data_type = Choice(field, model::DataType::kCoverage);
                    break;
                case Fixed(2):
                    coverage.from_ts = Time(field);
                    break;
                case Fixed(3):
                    coverage.to_ts = Time(field);
                    break;
                case Varint(4):
                    coverage.from_id = field.number;
                    break;
                case Varint(5):
                    coverage.to_id = field.number;
                    break;
                case Varint(6):
                    coverage.basis = Choice(field, model::CoverageBasis::kConnection);
                    break;
                case Varint(7):
                    coverage.state = Choice(field, model::CoverageState::kUnrepairable);
                    break;
                case Bytes(8):
                    coverage.reason = Text(field);
                    break;
                case Varint(9):
                    coverage.missing = field.number;
                    break;
                case Fixed(10):
                    coverage.detected_ts = Time(field);
                    break;
                case Bytes(11):
                    coverage.source = Text(field);
                    break;
                default:
                    break;
            }
        });
    }

    SideReader& sides_;
    std::vector<model::Level>& bids_;
    std::vector<model::Level>& asks_;
    const char* error_ = nullptr;
};

}  // namespace

Status EventDecoder::Decode(std::string_view bytes, model::Event& event) {
    event.order_ts = 0;
    event.received_ts = 0;
    event.exchange_ts.reset();
    event.ordinal = 0;
    Reading reading(sides_, bids_, asks_);
    reading.Read(bytes, event);
    if (reading.error() == nullptr) return OkStatus();
    return absl::InvalidArgumentError(reading.error());
}

}  // namespace mp::wire
