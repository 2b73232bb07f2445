#pragma once
// Trades of one series as the columns of marketprism.v1.TradeColumns, by hand: byte for byte what
// the generated class would write. Neither class is thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "model/event.hpp"
#include "wire/number_column.hpp"

namespace mp::wire {

// A trade as far as columns tell of it, and its place among those of the same instant.
struct TradeRow {
    Nanos order_ts = 0;
    Nanos received_ts = 0;
    std::optional<Nanos> exchange_ts;
    Decimal price;
    Decimal quantity;
    model::TradeId trade_id;
    uint64_t sequence = 0;  // not in the columns
    model::Side side = model::Side::kUnspecified;
    model::TradeIdSpace id_space = model::TradeIdSpace::kTrade;
};

// Nothing where the event is no trade. Looks into what the event looks into.
std::optional<TradeRow> TradeRowOf(const model::Event& event);

class TradePacker {
  public:
    enum class Fit : uint8_t {
        kTaken,
        kNotBeside,  // another kind of ids, with or without a venue's time, no common scale
        kNever,      // its numbers have no place in columns
    };

    Fit Add(const TradeRow& row);

    bool empty() const { return sides_.empty(); }
    size_t size() const { return sides_.size(); }

    // The columns of the rows so far; nothing is left. Valid until the next call.
    std::string_view Finish();
    // Begins anew.
    void Clear();

  private:
    // What all rows share.
    struct Shape {
        bool has_exchange_ts = false;
        bool text_ids = false;
        model::TradeIdSpace id_space = model::TradeIdSpace::kTrade;

        friend bool operator==(const Shape&, const Shape&) = default;
    };
    // Mantissas at the scale of the finest one.
    struct Scaled {
        int scale = 0;
        int64_t largest = 0;  // magnitude at `scale`
        std::vector<int64_t> mantissas;

        // Whether all values and this one fit into 64 bits at one scale; Put then takes it in.
        bool Fits(const Decimal& value) const;
        void Put(const Decimal& value);
        void Clear();
    };

    size_t MaxBytes() const;

    // Apart, as they are written: a chunk of rows side by side would not stay in the cache.
    NumberColumn order_ts_;
    NumberColumn received_ts_;
    NumberColumn exchange_ts_;
    NumberColumn trade_id_;
    Scaled prices_;
    Scaled quantities_;
    std::string sides_;
    std::vector<std::string> text_ids_;
    Shape shape_;
    // Of the row before.
    Nanos last_order_ts_ = 0;
    Nanos last_received_ts_ = 0;
    uint64_t last_id_ = 0;
    std::vector<char> bytes_;
};

// Appends a field of a message that has `bytes` as its value.
void AppendBytesField(uint32_t field, std::string_view bytes, std::string& out);

class TradeUnpacker {
  public:
    // Begins with the first row. The bytes are looked into until the last one.
    void Open(std::string_view columns);

    // The next row, its `sequence` left as it is; false at the end, and where the bytes are none.
    bool Next(TradeRow& row);
    // InvalidArgument where bytes were no columns, or columns of unequal length.
    const Status& status() const { return status_; }

  private:
    bool Fail();

    NumberReader order_ts_;
    NumberReader received_ts_;
    NumberReader exchange_ts_;
    NumberReader price_;
    NumberReader quantity_;
    NumberReader trade_id_;
    std::string_view sides_;
    std::vector<std::string_view> text_ids_;
    uint64_t price_scale_ = 0;
    uint64_t quantity_scale_ = 0;
    model::TradeIdSpace id_space_ = model::TradeIdSpace::kTrade;

    // The row before.
    size_t row_ = 0;
    Nanos last_order_ts_ = 0;
    Nanos last_received_ts_ = 0;
    int64_t last_price_ = 0;
    uint64_t last_id_ = 0;
    bool has_exchange_ts_ = false;
    Status status_;
};

}  // namespace mp::wire
