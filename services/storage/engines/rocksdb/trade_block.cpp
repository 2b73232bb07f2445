#include "storage/engines/rocksdb/trade_block.hpp"

#include <limits>
#include <optional>
#include <utility>

#include "base/big_endian.hpp"
#include "model/identity.hpp"
#include "wire/book_side.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {
namespace {

using namespace trade_block;
using wire::Difference;
using wire::Sum;

void AppendSized(std::string_view bytes, std::string& out) {
    AppendBigEndian(static_cast<uint32_t>(bytes.size()), out);
    out += bytes;
}

std::optional<std::string_view> TakeSized(std::string_view& rest) {
    if (rest.size() < sizeof(uint32_t)) return std::nullopt;
    const size_t size = ReadBigEndian32(rest);
    rest.remove_prefix(sizeof(uint32_t));
    if (rest.size() < size) return std::nullopt;
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
}

int64_t Advance(uint64_t& last, uint64_t value) {
    const uint64_t before = std::exchange(last, value);
    return static_cast<int64_t>(value - before);
}

}  // namespace

void TradeBlockWriter::Put(Extra extra, int64_t value) {
    extras_[extra].numbers.Put(value);
    extras_[extra].told |= value != 0;
}

bool TradeBlockWriter::Add(const model::Event& event) {
    const std::optional<wire::TradeRow> row = wire::TradeRowOf(event);
    if (!row || columns_.Add(*row) != wire::TradePacker::Fit::kTaken) return false;
    const auto& trade = std::get<model::Trade>(event.body);
    const Decimal base = trade.base_quantity.value_or(Decimal());
    Put(kSequence, Advance(last_sequence_, trade.sequence));
    Put(kQuantityUnit, static_cast<int64_t>(trade.quantity_unit));
    Put(kBaseScale, trade.base_quantity ? 1 + base.scale : 0);
    Put(kBaseMantissa, base.mantissa);
    Put(kFirstFillId, Advance(last_fill_id_, trade.first_fill_id));
    Put(kLastFillId, Advance(last_fill_id_, trade.last_fill_id));
    Put(kOrdinal, event.ordinal);
    return true;
}

std::string TradeBlockWriter::Finish(std::string_view end) {
    std::string block;
    AppendSized(end, block);
    AppendSized(columns_.Finish(), block);
    for (const Column& column : extras_) {
        AppendSized(column.told ? column.numbers.bytes() : std::string_view(), block);
    }
    Clear();
    return block;
}

void TradeBlockWriter::Clear() {
    columns_.Clear();
    for (Column& column : extras_) {
        column.numbers.Clear();
        column.told = false;
    }
    last_sequence_ = 0;
    last_fill_id_ = 0;
}

std::string_view EndOfBlock(std::string_view block) {
    return TakeSized(block).value_or(std::string_view());
}

void TradeBlockReader::Open(std::string_view block) {
    const auto end = TakeSized(block);
    const auto columns = TakeSized(block);
    malformed_ = !end || !columns;
    columns_.Open(columns.value_or(std::string_view()));
    for (size_t extra = 0; extra < kExtras; ++extra) {
        const auto numbers = TakeSized(block);
        malformed_ |= !numbers;
        extras_[extra].Begin(numbers.value_or(std::string_view()));
        told_[extra] = !extras_[extra].empty();
    }
    last_sequence_ = 0;
    last_fill_id_ = 0;
}

bool TradeBlockReader::Fail() {
    malformed_ = true;
    return false;
}

bool TradeBlockReader::Take(Extra extra, int64_t& value) {
    value = 0;
    return !told_[extra] || extras_[extra].Next(value);
}

bool TradeBlockReader::Next(wire::TradeRow& row) {
    if (malformed_ || !columns_.Next(row)) return false;
    int64_t sequence = 0;
    if (!Take(kSequence, sequence)) return Fail();
    row.sequence = last_sequence_ += static_cast<uint64_t>(sequence);
    return true;
}

bool TradeBlockReader::Next(model::Event& event) {
    if (!Next(row_)) return false;
    int64_t unit = 0, scale = 0, mantissa = 0, first = 0, last = 0, ordinal = 0;
    const bool whole = Take(kQuantityUnit, unit) && Take(kBaseScale, scale) &&
                       Take(kBaseMantissa, mantissa) && Take(kFirstFillId, first) &&
                       Take(kLastFillId, last) && Take(kOrdinal, ordinal);
    constexpr auto kLastUnit = static_cast<int64_t>(model::QuantityUnit::kContracts);
    if (!whole || unit < 0 || unit > kLastUnit || scale < 0 || ordinal < 0 ||
        ordinal > std::numeric_limits<uint32_t>::max()) {
        return Fail();
    }
    auto* trade = std::get_if<model::Trade>(&event.body);
    if (trade == nullptr) trade = &event.body.emplace<model::Trade>();
    event.order_ts = row_.order_ts;
    event.received_ts = row_.received_ts;
    event.exchange_ts = row_.exchange_ts;
    event.ordinal = static_cast<uint32_t>(ordinal);
    trade->price = row_.price;
    trade->quantity = row_.quantity;
    trade->trade_id = row_.trade_id;
    trade->sequence = row_.sequence;
    trade->side = row_.side;
    trade->id_space = row_.id_space;
    trade->quantity_unit = static_cast<model::QuantityUnit>(unit);
    trade->base_quantity.reset();
    if (scale > 0) {
        Decimal base;
        if (!wire::MakeDecimal(mantissa, static_cast<uint64_t>(scale - 1), base)) return Fail();
        trade->base_quantity = base;
    }
    trade->first_fill_id = last_fill_id_ += static_cast<uint64_t>(first);
    trade->last_fill_id = last_fill_id_ += static_cast<uint64_t>(last);
    return true;
}

Status TradeBlockReader::status() const {
    if (malformed_) return absl::InvalidArgumentError("a block of trades is malformed");
    return columns_.status();
}

Result<size_t> UnpackBlock(std::string_view block, const Stretch& wanted, EventRows& rows) {
    rows.Clear();
    TradeBlockReader reader;
    reader.Open(block);
    model::Event event;
    std::string key, bytes;
    size_t count = 0;
    for (; reader.Next(event); ++count) {
        key.clear();
        model::AppendKey(event, key);
        if (!wanted.Holds(key)) continue;
        bytes.clear();
        wire::AppendEvent(event, bytes);
        rows.Add(key, bytes);
    }
    if (!reader.status().ok()) {
        return absl::DataLossError("a stored block of trades does not parse");
    }
    return count;
}

}  // namespace mp::storage
