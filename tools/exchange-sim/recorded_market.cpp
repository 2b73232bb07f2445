#include "exchange-sim/recorded_market.hpp"

#include <map>
#include <set>

#include "exchange-sim/wall_clock.hpp"

namespace mp::sim {
namespace {

constexpr std::int64_t kMessagesPerMs = 10;  // by the timestamps inside

class Recorder {
  public:
    Recorder(Market& market, const MakeWriter& make, const RecordedForm& form, std::uint64_t count)
        : market_(market),
          count_(count),
          writer_(make(
              market,
              [this](std::uint32_t stream) { return wanted_.contains(stream); },
              [this](const Frame& frame) { Add(frame); }
          )) {
        recording_.make_book = form.make_book;
        recording_.symbols = form.symbols;
        recording_.required_streams = writer_->PrimaryStreams(form.aggregate_trades);
        wanted_.insert(recording_.required_streams.begin(), recording_.required_streams.end());
        for (std::uint32_t i = 0; i < form.symbols.size(); ++i) {
            by_symbol_.emplace(form.symbols[i], i);
            if (form.rest_book) snapshots_.emplace(form.symbols[i], form.rest_book(i));
        }
    }

    Recording Run() && {
        for (const std::uint32_t stream : recording_.required_streams) {
            writer_->Snapshot(stream, [this](const Frame& frame) { Add(frame); });
        }
        const std::int64_t start_ms = WallMillis();
        for (std::int64_t i = 0; !Full(); ++i) {
            market_.Next(start_ms + i / kMessagesPerMs, [this](const MarketEvent& event) {
                writer_->Publish(event);
            });
        }
        return std::move(recording_);
    }

  private:
    bool Full() const { return frames_ >= count_; }

    void Add(const Frame& frame) {
        if (Full()) return;
        ++frames_;
        const auto known = by_symbol_.find(frame.symbol);
        const std::uint32_t symbol = known == by_symbol_.end() ? 0 : known->second;
        recording_.items.push_back({false, symbol, StoredFrame(frame), "", 0});
        if (frame.kind != FrameKind::kBookDelta) return;
        auto snapshot = snapshots_.extract(std::string(frame.symbol));
        if (!snapshot.empty()) {
            recording_.items.push_back({true, symbol, {}, std::move(snapshot.mapped()), 0});
        }
    }

    Market& market_;
    const std::uint64_t count_;
    std::uint64_t frames_ = 0;
    std::set<std::uint32_t> wanted_;
    std::map<std::string, std::uint32_t, std::less<>> by_symbol_;
    std::map<std::string, std::string> snapshots_;  // not yet placed
    Recording recording_;
    std::unique_ptr<MarketWriter> writer_;
};

}  // namespace

Recording RecordMarket(
    Market& market, const MakeWriter& make, const RecordedForm& form, std::uint64_t count
) {
    return Recorder(market, make, form, count).Run();
}

}  // namespace mp::sim
