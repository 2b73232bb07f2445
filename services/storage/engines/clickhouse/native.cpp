#include "storage/engines/clickhouse/native.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

// LowCardinality on the wire: own keys (bit 9) that update the dictionary (bit 10), and how wide an
// index is.
constexpr uint64_t kKeysVersion = 1;
constexpr uint64_t kOwnKeys = 0x600;

constexpr size_t kSmallest = 256;  // bytes that a column has room for

template <typename Number>
void AppendRaw(Number value, std::string& out) {
    out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void AppendText(std::string_view text, std::string& out) {
    AppendVarint(text.size(), out);
    out += text;
}

// Bytes of one value; 0: not of fixed size.
uint64_t SizeOf(std::string_view type) {
    if (type == "Int64" || type == "UInt64") return 8;
    if (type == "Int32" || type == "UInt32" || type == "DateTime") return 4;
    if (type == "Int16" || type == "UInt16" || type == "Date") return 2;
    if (type == "Int8" || type == "UInt8" || type.starts_with("Enum8(")) return 1;
    if (type.starts_with("Decimal(38")) return 16;
    return 0;
}

std::optional<std::string_view> Inside(std::string_view type, std::string_view wrapper) {
    if (!type.starts_with(wrapper) || type.size() < wrapper.size() + 2) return std::nullopt;
    if (type[wrapper.size()] != '(' || type.back() != ')') return std::nullopt;
    return type.substr(wrapper.size() + 1, type.size() - wrapper.size() - 2);
}

Status Damaged(std::string_view what) {
    return absl::DataLossError(Concat("clickhouse answered no block: ", what));
}

}  // namespace

std::optional<Decimal> FromDecimal128(Int128 value) {
    constexpr Int128 kMax = std::numeric_limits<int64_t>::max();
    constexpr Int128 kMin = std::numeric_limits<int64_t>::min();
    int scale = kDecimalScale;
    // Prices have few decimals: half of the digits go at once. One division gives the rest, too.
    constexpr Int128 kHalf = 1'000'000'000;
    while (scale >= 9) {
        const bool narrow = value <= kMax && value >= kMin;
        const Int128 half =
            narrow ? Int128{static_cast<int64_t>(value) / 1'000'000'000} : value / kHalf;
        if (half * kHalf != value) break;
        value = half;
        scale -= 9;
    }
    while (scale > 0 && (value > kMax || value < kMin)) {
        if (value % 10 != 0) return std::nullopt;
        value /= 10;
        --scale;
    }
    if (value > kMax || value < kMin) return std::nullopt;
    return Decimal::Make(static_cast<int64_t>(value), scale);
}

void AppendVarint(uint64_t value, std::string& out) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

void Bytes::Grow(size_t more) {
    capacity_ = std::max({2 * capacity_, size_ + more, kSmallest});
    auto grown = std::make_unique_for_overwrite<char[]>(capacity_);
    if (size_ > 0) std::memcpy(grown.get(), data_.get(), size_);
    data_ = std::move(grown);
}

void ColumnWriter::Put(std::string_view text) {
    uint64_t size = text.size();
    for (; size >= 0x80; size >>= 7) data_.Put(static_cast<uint8_t>(size | 0x80));
    data_.Put(static_cast<uint8_t>(size));
    data_.Put(text);
}

void ColumnWriter::EndArray(size_t elements) {
    elements_ += elements;
    offsets_.Put(elements_);
}

void ColumnWriter::PutKey(std::string_view text) {
    // Rows come sorted: mostly it is the key of the row before.
    if (!key_indexes_.empty() && text == last_key_) {
        key_indexes_.push_back(key_indexes_.back());
        return;
    }
    auto found = keys_.find(text);
    if (found == keys_.end()) {
        // The first key is the empty text, whether it occurs or not.
        found = keys_.emplace(text, static_cast<uint32_t>(key_order_.size() + 1)).first;
        key_order_.push_back(&found->first);
    }
    last_key_ = found->first;
    key_indexes_.push_back(text.empty() ? 0 : found->second);
}

void ColumnWriter::Clear() {
    nulls_.Clear();
    offsets_.Clear();
    data_.Clear();
    elements_ = 0;
    keys_.clear();
    key_order_.clear();
    key_indexes_.clear();
}

void ColumnWriter::Write(size_t rows, std::string& out) const {
    if (key_indexes_.empty()) {
        out += nulls_.view();
        out += offsets_.view();
        out += data_.view();
        return;
    }
    const uint64_t keys = key_order_.size() + 1;
    const int width = keys <= 0xff ? 0 : keys <= 0xffff ? 1 : 2;
    AppendRaw(kKeysVersion, out);
    AppendRaw(kOwnKeys | static_cast<uint64_t>(width), out);
    AppendRaw(keys, out);
    AppendText("", out);
    for (const std::string* key : key_order_) AppendText(*key, out);
    AppendRaw(uint64_t{rows}, out);
    for (const uint32_t index : key_indexes_) {
        if (width == 0) {
            AppendRaw(static_cast<uint8_t>(index), out);
        } else if (width == 1) {
            AppendRaw(static_cast<uint16_t>(index), out);
        } else {
            AppendRaw(index, out);
        }
    }
}

void WriteBlock(
    const std::vector<ColumnType>& types,
    const std::vector<ColumnWriter>& columns,
    size_t rows,
    std::string& out
) {
    AppendVarint(types.size(), out);
    AppendVarint(rows, out);
    for (size_t i = 0; i < types.size(); ++i) {
        AppendText(types[i].name, out);
        AppendText(types[i].type, out);
        columns[i].Write(rows, out);
    }
}

std::string_view ColumnReader::TakeText() {
    uint64_t size = 0;
    for (int shift = 0;; shift += 7) {
        const auto byte = static_cast<unsigned char>(*data_++);
        size |= uint64_t{byte & 0x7fu} << shift;
        if (byte < 0x80) break;
    }
    const std::string_view text(data_, size);
    data_ += size;
    return text;
}

size_t ColumnReader::TakeArray() {
    uint64_t end = 0;
    std::memcpy(&end, offsets_, sizeof(end));
    offsets_ += sizeof(end);
    const uint64_t size = end - elements_;
    elements_ = end;
    return size;
}

bool BlockReader::TakeVarint(uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        value |= uint64_t{byte & 0x7fu} << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

bool BlockReader::TakeBytes(uint64_t size, std::string_view& bytes) {
    if (rest_.size() < size) return false;
    bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
}

Result<bool> BlockReader::Next() {
    while (!rest_.empty()) {
        uint64_t columns = 0, rows = 0;
        if (!TakeVarint(columns) || !TakeVarint(rows) || columns > 1000) return Damaged("its head");
        if (columns > 0 && rows > rest_.size()) return Damaged("its rows");
        rows_ = rows;
        columns_.assign(columns, {});
        for (ColumnReader& column : columns_) {
            uint64_t size = 0;
            std::string_view name, type;
            if (!TakeVarint(size) || !TakeBytes(size, name)) return Damaged("a name");
            if (!TakeVarint(size) || !TakeBytes(size, type)) return Damaged("a type");
            MP_RETURN_IF_ERROR(Bind(type, column));
        }
        if (rows_ > 0 && columns > 0) return true;
    }
    rows_ = 0;
    return false;
}

Status BlockReader::Bind(std::string_view type, ColumnReader& column) {
    std::string_view bytes;
    if (const auto inner = Inside(type, "Nullable")) {
        if (!TakeBytes(rows_, bytes)) return Damaged("nulls");
        column.nulls_ = bytes.data();
        return BindValues(*inner, rows_, column);
    }
    if (const auto inner = Inside(type, "Array")) {
        if (!TakeBytes(rows_ * sizeof(uint64_t), bytes)) return Damaged("an array");
        column.offsets_ = bytes.data();
        uint64_t before = 0;
        for (size_t row = 0; row < rows_; ++row) {
            uint64_t end = 0;
            std::memcpy(&end, bytes.data() + row * sizeof(end), sizeof(end));
            if (end < before) return Damaged("an array's end");
            before = end;
        }
        return BindValues(*inner, before, column);
    }
    return BindValues(type, rows_, column);
}

Status BlockReader::BindValues(std::string_view type, uint64_t values, ColumnReader& column) {
    column.data_ = rest_.data();
    if (type == "String") {
        for (uint64_t i = 0; i < values; ++i) {
            uint64_t size = 0;
            std::string_view text;
            if (!TakeVarint(size) || !TakeBytes(size, text)) return Damaged("a text");
        }
        return OkStatus();
    }
    const uint64_t size = SizeOf(type);
    if (size == 0) return Damaged(Concat("the type ", type));
    std::string_view bytes;
    if (values > rest_.size() / size || !TakeBytes(values * size, bytes)) return Damaged("values");
    return OkStatus();
}

}  // namespace mp::storage::clickhouse
