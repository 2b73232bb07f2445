#include "wire/trade_columns.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "wire/book_side.hpp"
#include "wire/field_reader.hpp"
#include "wire/field_writer.hpp"

namespace mp::wire {
namespace {

// Numbers of the message's fields.
enum : uint32_t {
    kOrderTs = 1,
    kReceivedTs = 2,
    kExchangeTs = 3,
    kPrice = 4,
    kQuantity = 5,
    kPriceScale = 6,
    kQuantityScale = 7,
    kSide = 8,
    kTradeId = 9,
    kTradeIdText = 10,
    kIdSpace = 11,
};
constexpr size_t kColumns = 7;
constexpr size_t kUsualVarint = 3;

int64_t Power(int scale) {
    return static_cast<int64_t>(kPowersOfTen[scale]);
}

// As MantissaAt, of a value whose scale is not above `scale`, without 128 bits.
bool AtScale(const Decimal& value, int scale, int64_t& mantissa) {
    return !__builtin_mul_overflow(value.mantissa, Power(scale - value.scale), &mantissa) &&
           mantissa != std::numeric_limits<int64_t>::min();
}

}  // namespace

std::optional<TradeRow> TradeRowOf(const model::Event& event) {
    const auto* const trade = std::get_if<model::Trade>(&event.body);
    if (trade == nullptr) return std::nullopt;
    return TradeRow{
        event.order_ts,
        event.received_ts,
        event.exchange_ts,
        trade->price,
        trade->quantity,
        trade->trade_id,
        trade->sequence,
        trade->side,
        trade->id_space};
}

bool TradePacker::Scaled::Fits(const Decimal& value) const {
    const int finest = std::max<int>(scale, value.scale);
    int64_t mantissa = 0;
    return value.mantissa != std::numeric_limits<int64_t>::min() &&
           AtScale(value, finest, mantissa) &&
           AtScale({largest, static_cast<uint8_t>(scale)}, finest, mantissa);
}

void TradePacker::Scaled::Put(const Decimal& value) {
    if (value.scale > scale) {
        const int64_t power = Power(value.scale - scale);
        for (int64_t& mantissa : mantissas) mantissa *= power;
        largest *= power;
        scale = value.scale;
    }
    mantissas.push_back(value.mantissa * Power(scale - value.scale));
    largest = std::max<int64_t>(largest, std::abs(mantissas.back()));
}

void TradePacker::Scaled::Clear() {
    scale = 0;
    largest = 0;
    mantissas.clear();
}

TradePacker::Fit TradePacker::Add(const TradeRow& row) {
    const Shape shape{row.exchange_ts.has_value(), row.trade_id.IsText(), row.id_space};
    if (!prices_.Fits(row.price) || !quantities_.Fits(row.quantity)) {
        return empty() ? Fit::kNever : Fit::kNotBeside;
    }
    if (empty()) shape_ = shape;
    if (!(shape == shape_)) return Fit::kNotBeside;
    order_ts_.Put(Difference(row.order_ts, std::exchange(last_order_ts_, row.order_ts)));
    received_ts_.Put(Difference(row.received_ts, std::exchange(last_received_ts_, row.received_ts))
    );
    if (row.exchange_ts) exchange_ts_.Put(Difference(*row.exchange_ts, row.order_ts));
    prices_.Put(row.price);
    quantities_.Put(row.quantity);
    sides_.push_back(static_cast<char>(row.side));
    if (shape.text_ids) {
        text_ids_.emplace_back(row.trade_id.text);
    } else {
        const uint64_t id = row.trade_id.number;
        trade_id_.Put(static_cast<int64_t>(id - std::exchange(last_id_, id)));
    }
    return Fit::kTaken;
}

size_t TradePacker::MaxBytes() const {
    size_t bytes = kColumns * kMaxBytesHeader + 3 * kMaxNumberField + kWriteSlack;
    bytes += size() * (2 * kMaxVarint + 1);
    for (const NumberColumn* column : {&order_ts_, &received_ts_, &exchange_ts_, &trade_id_}) {
        bytes += column->bytes().size();
    }
    for (const std::string& id : text_ids_) bytes += MaxTextField(id);
    return bytes;
}

std::string_view TradePacker::Finish() {
    if (bytes_.size() < MaxBytes()) bytes_.resize(MaxBytes());
    FieldWriter out(bytes_.data());
    out.Text(kOrderTs, order_ts_.bytes());
    out.Text(kReceivedTs, received_ts_.bytes());
    out.Text(kExchangeTs, exchange_ts_.bytes());
    const size_t usual = size() * kUsualVarint;
    out.Nested(kPrice, usual, [this, last = int64_t{0}](FieldWriter& column) mutable {
        for (const int64_t price : prices_.mantissas) {
            column.PutVarint(ZigZag(Difference(price, std::exchange(last, price))));
        }
    });
    out.Nested(kQuantity, usual, [this](FieldWriter& column) {
        for (const int64_t quantity : quantities_.mantissas) column.PutVarint(ZigZag(quantity));
    });
    out.Number(kPriceScale, static_cast<uint64_t>(prices_.scale));
    out.Number(kQuantityScale, static_cast<uint64_t>(quantities_.scale));
    out.Text(kSide, sides_);
    out.Text(kTradeId, trade_id_.bytes());
    for (const std::string& id : text_ids_) out.Text(kTradeIdText, id);
    out.Choice(kIdSpace, shape_.id_space);
    Clear();
    return {bytes_.data(), static_cast<size_t>(out.end() - bytes_.data())};
}

void TradePacker::Clear() {
    for (NumberColumn* column : {&order_ts_, &received_ts_, &exchange_ts_, &trade_id_}) {
        column->Clear();
    }
    prices_.Clear();
    quantities_.Clear();
    sides_.clear();
    text_ids_.clear();
    last_order_ts_ = 0;
    last_received_ts_ = 0;
    last_id_ = 0;
}

void AppendBytesField(uint32_t field, std::string_view bytes, std::string& out) {
    char header[kMaxBytesHeader + kWriteSlack];
    FieldWriter writer(header);
    writer.PutTag(field, WireType::kBytes);
    writer.PutVarint(bytes.size());
    out.reserve(out.size() + kMaxBytesHeader + bytes.size());
    out.append(header, static_cast<size_t>(writer.end() - header));
    out += bytes;
}

void TradeUnpacker::Open(std::string_view columns) {
    *this = TradeUnpacker();
    FieldReader reader(columns);
    Field field;
    while (reader.Next(field)) {
        switch (field.tag) {
            case Tag(kOrderTs, WireType::kBytes):
                order_ts_.Begin(field.bytes);
                break;
            case Tag(kReceivedTs, WireType::kBytes):
                received_ts_.Begin(field.bytes);
                break;
            case Tag(kExchangeTs, WireType::kBytes):
                exchange_ts_.Begin(field.bytes);
                break;
            case Tag(kPrice, WireType::kBytes):
                price_.Begin(field.bytes);
                break;
            case Tag(kQuantity, WireType::kBytes):
                quantity_.Begin(field.bytes);
                break;
            case Tag(kPriceScale, WireType::kVarint):
                price_scale_ = field.number;
                break;
            case Tag(kQuantityScale, WireType::kVarint):
                quantity_scale_ = field.number;
                break;
            case Tag(kSide, WireType::kBytes):
                sides_ = field.bytes;
                break;
            case Tag(kTradeId, WireType::kBytes):
                trade_id_.Begin(field.bytes);
                break;
            case Tag(kTradeIdText, WireType::kBytes):
                text_ids_.push_back(field.bytes);
                break;
            case Tag(kIdSpace, WireType::kVarint):
                id_space_ = static_cast<model::TradeIdSpace>(field.number);
                break;
            default:
                break;
        }
    }
    if (reader.malformed()) Fail();
    has_exchange_ts_ = !exchange_ts_.empty();
}

bool TradeUnpacker::Fail() {
    status_ = absl::InvalidArgumentError("columns of trades are malformed");
    return false;
}

bool TradeUnpacker::Next(TradeRow& row) {
    if (!status_.ok()) return false;
    if (row_ == sides_.size()) return order_ts_.empty() ? false : Fail();
    int64_t order = 0, received = 0, exchange = 0, price = 0, quantity = 0, id = 0;
    const bool texts = !text_ids_.empty();
    const bool whole = order_ts_.Next(order) && received_ts_.Next(received) &&
                       (!has_exchange_ts_ || exchange_ts_.Next(exchange)) && price_.Next(price) &&
                       quantity_.Next(quantity) &&
                       (texts ? row_ < text_ids_.size() : trade_id_.Next(id));
    if (!whole) return Fail();
    row.order_ts = last_order_ts_ = Sum(last_order_ts_, order);
    row.received_ts = last_received_ts_ = Sum(last_received_ts_, received);
    row.exchange_ts.reset();
    if (has_exchange_ts_) row.exchange_ts = Sum(row.order_ts, exchange);
    last_price_ = Sum(last_price_, price);
    if (!MakeDecimal(last_price_, price_scale_, row.price) ||
        !MakeDecimal(quantity, quantity_scale_, row.quantity)) {
        return Fail();
    }
    last_id_ += static_cast<uint64_t>(id);
    row.trade_id.number = last_id_;
    row.trade_id.text = texts ? text_ids_[row_] : std::string_view();
    row.side = static_cast<model::Side>(sides_[row_]);
    row.id_space = id_space_;
    ++row_;
    return true;
}

}  // namespace mp::wire
