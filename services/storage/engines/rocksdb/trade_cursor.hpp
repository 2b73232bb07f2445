#pragma once
// The trades of one series: out of blocks where there are any, out of rows elsewhere.

#include <memory>
#include <rocksdb/db.h>
#include <string>
#include <string_view>

#include "model/event.hpp"
#include "storage/engine.hpp"
#include "storage/engines/rocksdb/cursor.hpp"
#include "storage/engines/rocksdb/trade_block.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {

class RocksTradeCursor final : public TradeCursor {
  public:
    // Forward only.
    RocksTradeCursor(rocksdb::DB& db, SeriesId series, const ScanRange& range);

    bool Next() override;
    Status status() const override { return status_; }
    std::string_view key() const override;
    const wire::TradeRow& trade() const override { return trade_; }

  private:
    void Start();
    bool NextOfBlock();
    bool NextOfRows();
    bool End(Status status);
    // Of the block that comes next; empty: none does.
    std::string_view NextBlock() const;
    void OpenBlock();
    void MakeKey();

    const SeriesId series_;
    const KeyRange keys_;
    const bool open_end_;  // keys_.last is no key of the series
    std::string first_block_;
    std::string last_block_;
    rocksdb::Slice lower_;  // of the rows, as upper_
    rocksdb::Slice upper_;
    rocksdb::Slice upper_block_;
    rocksdb::ManagedSnapshot snapshot_;  // one for both
    std::unique_ptr<rocksdb::Iterator> rows_;
    std::unique_ptr<rocksdb::Iterator> blocks_;

    enum class Place : uint8_t { kStart, kBlock, kRows, kEnd } place_ = Place::kStart;
    bool sought_ = false;  // rows_ stands on the row given last
    std::string from_;     // kRows: where to begin
    TradeBlockReader block_;
    bool inside_ = false;  // all of the block is in the range
    wire::EventDecoder decoder_;
    model::Event event_;
    wire::TradeRow trade_;
    std::string key_;  // of the event, the series in front
    Status status_;
};

}  // namespace mp::storage
