#pragma once
// Events as columns of their type's table, and back. What comes back is equal to the byte: an event
// whose bytes its columns do not tell (a field of a newer writer, an encoding other than ours) is
// kept verbatim as well, in the column `raw`.
//
// Columns of every table: exchange market symbol order_ts sequence identity revision deleted
// received_ts exchange_ts ordinal, then those of the body, then raw. Not thread-safe.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.hpp"
#include "model/instrument.hpp"
#include "storage/engines/clickhouse/native.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage::clickhouse {

// The columns of a type's table as this version writes them, in its order.
const std::vector<std::string>& EventColumnNames(model::DataType type);
// Those in front of the body that tell which row of which series it is.
inline constexpr size_t kKeyColumns = 8;

// Collects rows of one type for one insert.
class EventWriter {
  public:
    // `types`: those of the table, as the server spells them, in the order of EventColumnNames.
    EventWriter(model::DataType type, std::vector<ColumnType> types);

    // `key` as of model::AppendKey; DataLoss where `bytes` are no event of the type.
    Status Add(
        const model::Instrument& instrument,
        std::string_view key,
        uint64_t revision,
        std::string_view bytes
    );
    // Says that what stands under the key is gone.
    void AddGone(const model::Instrument& instrument, std::string_view key, uint64_t revision);

    size_t rows() const { return rows_; }
    // Appends the rows as one block; begins anew.
    void Finish(std::string& out);

  private:
    void AddRow(
        const model::Instrument& instrument,
        std::string_view key,
        uint64_t revision,
        bool gone,
        model::Event& event,
        std::string_view raw
    );

    const model::DataType type_;
    model::Event empty_;
    const std::vector<ColumnType> types_;
    std::vector<ColumnWriter> columns_;
    size_t rows_ = 0;
    wire::EventDecoder decoder_;
    std::string encoded_;
};

// What a query must select for EventReader, as a list.
std::string SelectedColumns(model::DataType type);

// The rows of an answer to a query of SelectedColumns, optionally with more columns in front.
class EventReader {
  public:
    // `answer` is kept. `leading`: how many columns come first that are not ours.
    EventReader(model::DataType type, std::string answer, size_t leading = 0);

    // The next row; false at the end. DataLoss.
    Result<bool> Next();

    std::string_view key() const { return key_; }
    std::string_view event() const { return event_; }
    Nanos order_ts() const { return order_ts_; }
    Nanos received_ts() const { return row_.received_ts; }
    // Rows taken so far.
    size_t rows() const { return taken_; }
    // Whether the row is the first one of its block.
    bool begins_block() const { return left_ + 1 == blocks_.rows(); }
    // One of the leading columns of this row, a text; each once a row.
    std::string_view TakeLeading(size_t column) { return blocks_.columns()[column].TakeText(); }
    // One that is a number, as wide as this type.
    template <typename Number>
    Number TakeLeadingNumber(size_t column) {
        return blocks_.columns()[column].Take<Number>();
    }

  private:
    const model::DataType type_;
    const std::string answer_;
    const size_t leading_;
    BlockReader blocks_;
    size_t left_ = 0;  // rows of this block
    size_t taken_ = 0;
    std::string key_;
    std::string encoded_;
    std::string_view event_;
    Nanos order_ts_ = 0;
    model::Event row_;
    std::vector<model::Level> bids_;
    std::vector<model::Level> asks_;
};

}  // namespace mp::storage::clickhouse
