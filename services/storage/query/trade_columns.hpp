#pragma once
// Trades of one series as packed columns (TradeColumns of query.proto). Not thread-safe.

#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "marketprism/v1/query.pb.h"
#include "model/event.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {

class TradeColumns {
  public:
    // False where the trade does not fit beside those before it (another kind of ids, some with and
    // some without a venue's time, no common scale): finish these first. DataLoss for bytes that
    // are no trade.
    Result<bool> Add(std::string_view event);

    bool empty() const { return rows_.empty(); }
    size_t size() const { return rows_.size(); }

    // Writes the columns and starts anew.
    void Finish(marketprism::v1::TradeColumns& out);

  private:
    struct Row {
        Nanos order_ts = 0;
        Nanos received_ts = 0;
        Nanos exchange_ts = 0;
        Decimal price;
        Decimal quantity;
        uint64_t id = 0;
        model::Side side = model::Side::kUnspecified;
    };
    static Result<bool> Unscalable();

    // What all rows of a chunk share.
    struct Shape {
        bool has_exchange_ts = false;
        bool text_ids = false;
        model::TradeIdSpace id_space = model::TradeIdSpace::kTrade;

        friend bool operator==(const Shape&, const Shape&) = default;
    };
    // The values of one column at a common scale.
    struct Scaled {
        int scale = 0;
        int64_t largest = 0;  // magnitude at `scale`

        bool Take(const Decimal& value);
    };

    std::vector<Row> rows_;
    std::vector<std::string> text_ids_;
    Shape shape_;
    Scaled prices_;
    Scaled quantities_;
    wire::EventDecoder decoder_;
};

}  // namespace mp::storage
