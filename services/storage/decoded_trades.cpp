#include "storage/decoded_trades.hpp"

#include <optional>
#include <utility>

#include "wire/event_codec.hpp"

namespace mp::storage {
namespace {

class DecodedTrades final : public TradeCursor {
  public:
    explicit DecodedTrades(std::unique_ptr<Cursor> events) : events_(std::move(events)) {}

    bool Next() override {
        if (damaged_ || !events_->Next()) return false;
        const std::optional<wire::TradeRow> trade = decoder_.Decode(events_->event(), event_).ok()
                                                        ? wire::TradeRowOf(event_)
                                                        : std::nullopt;
        damaged_ = !trade;
        if (trade) trade_ = *trade;
        return !damaged_;
    }
    Status status() const override {
        return damaged_ ? absl::DataLossError("a stored trade does not parse") : events_->status();
    }
    std::string_view key() const override { return events_->key(); }
    const wire::TradeRow& trade() const override { return trade_; }

  private:
    const std::unique_ptr<Cursor> events_;
    wire::EventDecoder decoder_;
    model::Event event_;
    wire::TradeRow trade_;
    bool damaged_ = false;
};

}  // namespace

std::unique_ptr<TradeCursor> DecodeTrades(std::unique_ptr<Cursor> events) {
    return std::make_unique<DecodedTrades>(std::move(events));
}

Result<std::unique_ptr<TradeCursor>> SeriesReader::ScanTrades(
    SeriesId series, const ScanRange& range
) const {
    Result<std::unique_ptr<Cursor>> events = Scan(series, range);
    if (!events.ok()) return events.status();
    return DecodeTrades(*std::move(events));
}

}  // namespace mp::storage
