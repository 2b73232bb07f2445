#include "storage/engines/clickhouse/event_columns.hpp"

#include <array>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/big_endian.hpp"
#include "storage/append_batch.hpp"
#include "storage/engines/clickhouse/body_fields.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

using Levels = std::span<const model::Level>;

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

// What the first columns of every table are called, and the last one.
constexpr std::array<std::string_view, 11> kCommon{
    "exchange",
    "market",
    "symbol",
    "order_ts",
    "sequence",
    "identity",
    "revision",
    "deleted",
    "received_ts",
    "exchange_ts",
    "ordinal"};
constexpr std::string_view kRaw = "raw";

// An event of the type with nothing in it.
template <size_t... Index>
model::Body EmptyBody(model::DataType type, std::index_sequence<Index...>) {
    model::Body body;
    const auto wanted = static_cast<size_t>(type) - 1;
    (void)((wanted == Index && (body.emplace<Index>(), true)) || ...);
    return body;
}

model::Event EmptyEvent(model::DataType type) {
    model::Event event;
    event.body = EmptyBody(type, std::make_index_sequence<model::kDataTypes>());
    return event;
}

struct NameFields {
    std::vector<std::string>& names;

    void operator()(std::string_view name, Levels&) const {
        names.push_back(Concat(name, "_price"));
        names.push_back(Concat(name, "_quantity"));
    }
    template <typename Field>
    void operator()(std::string_view name, Field&) const {
        names.emplace_back(name);
    }
};

// Puts each field into the next column.
struct WriteFields {
    ColumnWriter* column;

    void operator()(std::string_view, const Levels& levels) {
        for (const model::Level& level : levels) {
            column[0].Put(level.price);
            column[1].Put(level.quantity);
        }
        column[0].EndArray(levels.size());
        column[1].EndArray(levels.size());
        column += 2;
    }
    template <typename Field>
    void operator()(std::string_view, const Field& field) {
        if constexpr (IsOptional<Field>::value) {
            column->PutNull(!field.has_value());
            Put(field.value_or(typename Field::value_type{}));
        } else {
            Put(field);
        }
        ++column;
    }

    template <typename Value>
    void Put(const Value& value) {
        if constexpr (std::is_enum_v<Value>) {
            column->Put(static_cast<int8_t>(value));
        } else if constexpr (std::is_same_v<Value, bool>) {
            column->Put(static_cast<uint8_t>(value));
        } else {
            column->Put(value);
        }
    }
};

// Takes each field from the next column.
struct ReadFields {
    ColumnReader* column;
    std::array<std::vector<model::Level>*, 2> scratch;  // of bids and asks
    size_t sides = 0;
    bool ok = true;

    void operator()(std::string_view, Levels& levels) {
        std::vector<model::Level>& side = *scratch[sides++];
        side.resize(column[0].TakeArray());
        ok = ok && column[1].TakeArray() == side.size();
        for (size_t i = 0; ok && i < side.size(); ++i) {
            side[i].price = TakeDecimal(column[0]);
            side[i].quantity = TakeDecimal(column[1]);
        }
        levels = side;
        column += 2;
    }
    template <typename Field>
    void operator()(std::string_view, Field& field) {
        if constexpr (IsOptional<Field>::value) {
            const bool absent = column->TakeNull();
            typename Field::value_type value{};
            Take(value);
            if (absent) {
                field.reset();
            } else {
                field = value;
            }
        } else {
            Take(field);
        }
        ++column;
    }

    Decimal TakeDecimal(ColumnReader& from) {
        const std::optional<Decimal> value = FromDecimal128(from.Take<Int128>());
        ok = ok && value.has_value();
        return value.value_or(Decimal{});
    }
    template <typename Value>
    void Take(Value& value) {
        if constexpr (std::is_same_v<Value, Decimal>) {
            value = TakeDecimal(*column);
        } else if constexpr (std::is_same_v<Value, std::string_view>) {
            value = column->TakeText();
        } else if constexpr (std::is_enum_v<Value>) {
            value = static_cast<Value>(column->Take<int8_t>());
        } else if constexpr (std::is_same_v<Value, bool>) {
            value = column->Take<uint8_t>() != 0;
        } else {
            value = column->Take<Value>();
        }
    }
};

std::vector<std::string> NamesOf(model::DataType type) {
    std::vector<std::string> names(kCommon.begin(), kCommon.end());
    model::Event event = EmptyEvent(type);
    std::visit([&](auto& body) { VisitFields(body, NameFields{names}); }, event.body);
    names.emplace_back(kRaw);
    return names;
}

}  // namespace

const std::vector<std::string>& EventColumnNames(model::DataType type) {
    static const std::vector<std::vector<std::string>> kNames = [] {
        std::vector<std::vector<std::string>> names(model::kDataTypes + 1);
        for (int i = 1; i <= model::kDataTypes; ++i) {
            names[static_cast<size_t>(i)] = NamesOf(static_cast<model::DataType>(i));
        }
        return names;
    }();
    return kNames[static_cast<size_t>(type)];
}

EventWriter::EventWriter(model::DataType type, std::vector<ColumnType> types)
    : type_(type), empty_(EmptyEvent(type)), types_(std::move(types)), columns_(types_.size()) {}

Status EventWriter::Add(
    const model::Instrument& instrument,
    std::string_view key,
    uint64_t revision,
    std::string_view bytes
) {
    model::Event event;
    const Status decoded = decoder_.Decode(bytes, event);
    if (!decoded.ok() || model::TypeOf(event) != type_) {
        return absl::DataLossError(
            Concat("no ", model::ToString(type_), ": ", std::string(decoded.message()))
        );
    }
    encoded_.clear();
    wire::AppendEvent(event, encoded_);
    AddRow(instrument, key, revision, false, event, encoded_ == bytes ? "" : bytes);
    return OkStatus();
}

void EventWriter::AddGone(
    const model::Instrument& instrument, std::string_view key, uint64_t revision
) {
    AddRow(instrument, key, revision, true, empty_, {});
}

void EventWriter::AddRow(
    const model::Instrument& instrument,
    std::string_view key,
    uint64_t revision,
    bool gone,
    model::Event& event,
    std::string_view raw
) {
    ColumnWriter* column = columns_.data();
    (column++)->PutKey(instrument.exchange);
    (column++)->Put(static_cast<int8_t>(instrument.market));
    (column++)->PutKey(instrument.symbol);
    (column++)->Put(ReadSortable(key));
    (column++)->Put(ReadBigEndian64(key.substr(sizeof(Nanos))));
    (column++)->Put(key.substr(AppendBatch::kIdentityOffset));
    (column++)->Put(revision);
    (column++)->Put(static_cast<uint8_t>(gone));
    (column++)->Put(event.received_ts);
    column->PutNull(!event.exchange_ts);
    (column++)->Put(event.exchange_ts.value_or(0));
    (column++)->Put(event.ordinal);
    // Fields are visited as they are read and written alike, so not const; nothing changes.
    WriteFields write{column};
    std::visit([&](auto& fields) { VisitFields(fields, write); }, event.body);
    columns_.back().Put(raw);
    ++rows_;
}

void EventWriter::Finish(std::string& out) {
    WriteBlock(types_, columns_, rows_, out);
    for (ColumnWriter& column : columns_) column.Clear();
    rows_ = 0;
}

std::string SelectedColumns(model::DataType type) {
    const std::vector<std::string>& names = EventColumnNames(type);
    std::string list = "order_ts, sequence, identity";
    for (size_t i = kKeyColumns; i < names.size(); ++i) Append(list, ", `", names[i], "`");
    return list;
}

EventReader::EventReader(model::DataType type, std::string answer, size_t leading)
    : type_(type),
      answer_(std::move(answer)),
      leading_(leading),
      blocks_(answer_),
      row_(EmptyEvent(type)) {}

Result<bool> EventReader::Next() {
    if (left_ == 0) {
        const Result<bool> more = blocks_.Next();
        if (!more.ok() || !*more) return more;
        left_ = blocks_.rows();
        if (blocks_.columns().size() != leading_ + EventColumnNames(type_).size() - 5) {
            return absl::DataLossError("clickhouse answered other columns than asked for");
        }
    }
    --left_;
    ++taken_;
    ColumnReader* column = blocks_.columns().data() + leading_;
    order_ts_ = (column++)->Take<Nanos>();
    const auto sequence = (column++)->Take<uint64_t>();
    const std::string_view identity = (column++)->TakeText();
    key_.clear();
    AppendSortable(order_ts_, key_);
    AppendBigEndian(sequence, key_);
    key_ += identity;

    // Its fields are all set.
    row_.order_ts = order_ts_;
    row_.received_ts = (column++)->Take<Nanos>();
    const bool no_exchange_ts = column->TakeNull();
    const auto exchange_ts = (column++)->Take<Nanos>();
    row_.exchange_ts = no_exchange_ts ? std::nullopt : std::optional(exchange_ts);
    row_.ordinal = (column++)->Take<uint32_t>();
    ReadFields read{column, {&bids_, &asks_}};
    std::visit([&](auto& body) { VisitFields(body, read); }, row_.body);
    if (!read.ok) return absl::DataLossError("clickhouse holds a value that no event has");
    if (auto* trade = std::get_if<model::Trade>(&row_.body)) trade->sequence = sequence;
    event_ = read.column->TakeText();
    if (event_.empty()) {
        encoded_.clear();
        wire::AppendEvent(row_, encoded_);
        event_ = encoded_;
    }
    return true;
}

}  // namespace mp::storage::clickhouse
