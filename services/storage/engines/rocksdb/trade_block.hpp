#pragma once
// Trades of a stretch of a series, once more, as columns: what the value of a block is.
//
//   size 4, end      the first key behind the stretch
//   size 4, columns  of marketprism.v1.TradeColumns
//   sequences        8 a row, deltas; nothing where all are 0
//
// Numbers big-endian. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "wire/trade_columns.hpp"

namespace mp::storage {

class TradeBlockWriter {
  public:
    using Fit = wire::TradePacker::Fit;

    Fit Add(const wire::TradeRow& row);
    size_t size() const { return sequences_.size(); }

    // The block of the rows so far, which end in front of `end`; begins anew.
    std::string Finish(std::string_view end);
    void Clear();

  private:
    wire::TradePacker columns_;
    std::vector<uint64_t> sequences_;
};

// The end of a block's stretch; empty where the bytes are no block.
std::string_view EndOfBlock(std::string_view block);

class TradeBlockReader {
  public:
    // The bytes are looked into until the last row.
    void Open(std::string_view block);
    bool Next(wire::TradeRow& row);
    // The first key behind the block.
    std::string_view end() const { return end_; }
    // InvalidArgument for bytes that are no block.
    Status status() const;

  private:
    wire::TradeUnpacker columns_;
    std::string_view end_;
    std::string_view sequences_;  // of the rows to come
    uint64_t last_sequence_ = 0;
    bool malformed_ = false;
};

}  // namespace mp::storage
