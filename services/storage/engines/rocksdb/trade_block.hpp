#pragma once
// Trades of a stretch of a series as columns, in place of their rows: what the value of a block is.
//
//   size 4, end      the first key behind the stretch
//   size 4, columns  of marketprism.v1.TradeColumns
//   what those leave out, each `size 4, one sint64 a row`, or nothing where all are 0:
//     sequence       difference to the row before
//     quantity_unit
//     base_quantity  1 + its scale; 0: it has none
//                    its mantissa
//     first_fill_id  difference to last_fill_id of the row before
//     last_fill_id   difference to first_fill_id
//     ordinal
//
// Sizes big-endian. Not thread-safe.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "model/event.hpp"
#include "storage/engines/rocksdb/event_rows.hpp"
#include "storage/engines/rocksdb/stretch.hpp"
#include "wire/number_column.hpp"
#include "wire/trade_columns.hpp"

namespace mp::storage {

namespace trade_block {

enum Extra : uint8_t {
    kSequence,
    kQuantityUnit,
    kBaseScale,
    kBaseMantissa,
    kFirstFillId,
    kLastFillId,
    kOrdinal,
    kExtras,
};

}  // namespace trade_block

class TradeBlockWriter {
  public:
    // False where it does not fit beside those of the block, or into none.
    bool Add(const model::Event& event);
    size_t size() const { return columns_.size(); }

    // The block of the trades so far, which end in front of `end`; begins anew.
    std::string Finish(std::string_view end);
    void Clear();

  private:
    struct Column {
        wire::NumberColumn numbers;
        bool told = false;  // one is not 0
    };

    void Put(trade_block::Extra extra, int64_t value);

    wire::TradePacker columns_;
    std::array<Column, trade_block::kExtras> extras_;
    uint64_t last_sequence_ = 0;
    uint64_t last_fill_id_ = 0;
};

// The end of a block's stretch; empty where the bytes are no block.
std::string_view EndOfBlock(std::string_view block);

class TradeBlockReader {
  public:
    // The bytes are looked into until the last row, and as long as a row is.
    void Open(std::string_view block);
    // The next trade, as far as columns tell of it, or all of it: one or the other.
    bool Next(wire::TradeRow& row);
    bool Next(model::Event& event);
    // InvalidArgument for bytes that are no block.
    Status status() const;

  private:
    bool Take(trade_block::Extra extra, int64_t& value);
    bool Fail();

    wire::TradeUnpacker columns_;
    std::array<wire::NumberReader, trade_block::kExtras> extras_;
    std::array<bool, trade_block::kExtras> told_{};
    wire::TradeRow row_;
    uint64_t last_sequence_ = 0;
    uint64_t last_fill_id_ = 0;
    bool malformed_ = false;
};

// Puts the rows that the block stands for, as far as `wanted` holds them, into `rows`, in place of
// what is there. How many the block has. DataLoss for bytes that are no block.
Result<size_t> UnpackBlock(std::string_view block, const Stretch& wanted, EventRows& rows);

}  // namespace mp::storage
