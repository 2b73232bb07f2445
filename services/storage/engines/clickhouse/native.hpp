#pragma once
// ClickHouse's columnar block format ("Native"), as much of it as the engine's tables use:
// integers, Decimal(38, 18), String, LowCardinality(String) (writing only), Enum8 as Int8, Nullable
// and Array of these.
//
// A column is written value by value and is taken value by value, so that rows need not exist in
// between. Not thread-safe.

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "base/int128.hpp"
#include "base/status.hpp"

namespace mp::storage::clickhouse {

struct ColumnType {
    std::string name;
    std::string type;  // as the server spells it

    friend bool operator==(const ColumnType&, const ColumnType&) = default;
};

inline constexpr int kDecimalScale = 18;

// The mantissa at 18 decimals; every Decimal fits, none is rounded.
inline Int128 ToDecimal128(const Decimal& value) {
    return Int128{value.mantissa} * static_cast<Int128>(kPowersOfTen[kDecimalScale - value.scale]);
}
// Nothing where somebody else wrote what no Decimal is.
std::optional<Decimal> FromDecimal128(Int128 value);

// Bytes that grow at the end, value by value: much cheaper than appending to a string.
class Bytes {
  public:
    template <typename Number>
    void Put(Number value) {
        if (capacity_ - size_ < sizeof(value)) Grow(sizeof(value));
        std::memcpy(data_.get() + size_, &value, sizeof(value));
        size_ += sizeof(value);
    }
    void Put(std::string_view text) {
        if (capacity_ - size_ < text.size()) Grow(text.size());
        if (!text.empty()) std::memcpy(data_.get() + size_, text.data(), text.size());
        size_ += text.size();
    }
    void Clear() { size_ = 0; }
    std::string_view view() const { return {data_.get(), size_}; }

  private:
    void Grow(size_t more);

    std::unique_ptr<char[]> data_;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

// The values of one column of a block to be.
class ColumnWriter {
  public:
    template <typename Number>
    void Put(Number value) {
        data_.Put(value);
    }
    void Put(std::string_view text);
    void Put(const Decimal& value) { Put(ToDecimal128(value)); }
    // In front of each value of a Nullable column; an absent one is put all the same.
    void PutNull(bool absent) { nulls_.Put(static_cast<uint8_t>(absent)); }
    // Behind the elements of one array, `elements` since the array before.
    void EndArray(size_t elements);
    // A value of a LowCardinality(String) column.
    void PutKey(std::string_view text);

    void Clear();
    // Appends what stands behind name and type.
    void Write(size_t rows, std::string& out) const;

  private:
    Bytes nulls_;
    Bytes offsets_;
    Bytes data_;
    uint64_t elements_ = 0;
    std::map<std::string, uint32_t, std::less<>> keys_;
    std::vector<const std::string*> key_order_;
    std::string_view last_key_;  // of keys_
    std::vector<uint32_t> key_indexes_;
};

void AppendVarint(uint64_t value, std::string& out);

// Appends one block.
void WriteBlock(
    const std::vector<ColumnType>& types,
    const std::vector<ColumnWriter>& columns,
    size_t rows,
    std::string& out
);

// The values of one column of a block, front to back. Looks into the block. Reading more values
// than there are is undefined: count rows.
class ColumnReader {
  public:
    template <typename Number>
    Number Take() {
        Number value;
        std::memcpy(&value, data_, sizeof(value));
        data_ += sizeof(value);
        return value;
    }
    std::string_view TakeText();
    // Of a Nullable column, in front of each value (which is there all the same).
    bool TakeNull() { return *nulls_++ != 0; }
    // Of an Array column, in front of the elements of one row: how many there are.
    size_t TakeArray();

  private:
    friend class BlockReader;

    const char* nulls_ = nullptr;
    const char* offsets_ = nullptr;
    const char* data_ = nullptr;
    uint64_t elements_ = 0;
};

// The blocks of an answer, one after the other. `answer` outlives it and its columns.
class BlockReader {
  public:
    explicit BlockReader(std::string_view answer) : rest_(answer) {}

    // The next block that has rows; false at the end. DataLoss where the bytes are no blocks.
    Result<bool> Next();

    size_t rows() const { return rows_; }
    std::vector<ColumnReader>& columns() { return columns_; }

  private:
    Status Bind(std::string_view type, ColumnReader& column);
    Status BindValues(std::string_view type, uint64_t values, ColumnReader& column);
    bool TakeVarint(uint64_t& value);
    bool TakeBytes(uint64_t size, std::string_view& bytes);

    std::string_view rest_;
    size_t rows_ = 0;
    std::vector<ColumnReader> columns_;
};

}  // namespace mp::storage::clickhouse
