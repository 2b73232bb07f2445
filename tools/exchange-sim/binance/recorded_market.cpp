#include "exchange-sim/binance/recorded_market.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>

#include "exchange-sim/binance/market_feed.hpp"
#include "exchange-sim/binance/text_book.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::binance {
namespace {

constexpr std::int64_t kMessagesPerMs = 10;  // by the timestamps inside

class Recorder {
  public:
    Recorder(Market& market, Hub& hub, bool aggregate_trades, std::uint64_t count)
        : market_(market),
          count_(count),
          feed_(
              market,
              hub,
              [this](std::uint32_t stream) { return wanted_.contains(stream); },
              [this](const Frame& frame) { Add(frame); }
          ) {
        recording_.make_book = []() -> std::unique_ptr<RecordedBook> {
            return std::make_unique<TextBook>();
        };
        recording_.required_streams = feed_.PrimaryStreams(aggregate_trades);
        wanted_.insert(recording_.required_streams.begin(), recording_.required_streams.end());
        for (std::uint32_t i = 0; i < market.symbols().size(); ++i) {
            recording_.symbols.push_back(feed_.VenueSymbol(i));
            snapshots_.emplace(feed_.VenueSymbol(i), feed_.Depth(i, 5000));
        }
    }

    Recording Run() && {
        const std::int64_t start_ms = WallMillis();
        for (std::int64_t i = 0; !Full(); ++i) {
            market_.Next(start_ms + i / kMessagesPerMs, [this](const MarketEvent& event) {
                symbol_ = event.symbol;
                feed_.Publish(event);
            });
        }
        return std::move(recording_);
    }

  private:
    bool Full() const { return frames_ >= count_; }

    void Add(const Frame& frame) {
        if (Full()) return;
        ++frames_;
        recording_.items.push_back({false, symbol_, StoredFrame(frame), "", 0});
        if (frame.kind != FrameKind::kBookDelta) return;
        auto snapshot = snapshots_.extract(std::string(frame.symbol));
        if (!snapshot.empty()) {
            recording_.items.push_back({true, symbol_, {}, std::move(snapshot.mapped()), 0});
        }
    }

    Market& market_;
    const std::uint64_t count_;
    std::uint64_t frames_ = 0;
    std::uint32_t symbol_ = 0;
    std::set<std::uint32_t> wanted_;
    std::map<std::string, std::string> snapshots_;  // not yet placed
    Recording recording_;
    MarketFeed feed_;
};

}  // namespace

Recording RecordMarket(Market& market, Hub& hub, bool aggregate_trades, std::uint64_t count) {
    return Recorder(market, hub, aggregate_trades, count).Run();
}

}  // namespace mp::sim::binance
