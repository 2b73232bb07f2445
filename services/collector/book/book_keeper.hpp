#pragma once
// One instrument's book, kept right by its venue's sequence rule: deltas wait for a snapshot, are
// applied in their chain, and a break in the chain asks for a new snapshot. Pure: whoever owns it
// fetches, publishes and waits. Not thread-safe.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "collector/book/book_rule.hpp"
#include "model/event.hpp"
#include "model/order_book.hpp"

namespace mp::collector {

struct BookLimits {
    size_t max_kept_deltas = 10'000;  // while a snapshot is awaited; beyond it the oldest go
};

// A venue's snapshot, levels best first.
struct SnapshotData {
    uint64_t last_update_id = 0;
    uint64_t epoch = 0;
    model::QuantityUnit quantity_unit = model::QuantityUnit::kBase;
    std::optional<Nanos> time;  // where the venue gives one
    std::vector<model::Level> bids;
    std::vector<model::Level> asks;
    uint32_t depth_limit = 0;  // levels a side asked for; a full side was cut. 0: whole book
    std::optional<uint32_t> checksum;  // as the venue computed it
    bool live = false;                 // part of the stream of updates: the next one follows it
};

class BookKeeper {
  public:
    // Told of what is to be published, in order, from inside the calls below.
    class Output {
      public:
        // A venue's snapshot with its place in time: its own, else that of the delta that ends
        // where it ends, else that of the delta that bridges
        // it.
        virtual void OnSnapshot(const model::BookSnapshot& snapshot, Nanos order_ts) = 0;
        // A delta was applied.
        virtual void OnApplied(Nanos order_ts) = 0;

      protected:
        ~Output() = default;
    };

    // `rule` and `output` outlive the keeper.
    BookKeeper(const BookRule& rule, BookLimits limits, Output& output)
        : rule_(rule), limits_(limits), output_(output) {}

    enum class State : uint8_t {
        kWaiting,   // for a snapshot
        kBridging,  // has one, no delta has been applied to it yet
        kSynced,
    };

    // True: the book is right no more and a snapshot is needed (state() is kWaiting). Deltas that
    // come until then are kept for it. `checksum`: of the book with the delta, where the venue
    // says.
    bool OnDelta(
        const model::BookDelta& delta,
        Nanos order_ts,
        std::optional<uint32_t> checksum = std::nullopt
    );
    // True: the snapshot is too old for the deltas that were kept, or contradicts its checksum:
    // another one is needed. One that is older than the book changes nothing.
    bool OnSnapshot(const SnapshotData& snapshot);
    // The venue's best quote. True: it contradicts the book; else as OnDelta.
    bool OnBbo(const model::Bbo& bbo);
    // A delta was lost: what is held is right no more.
    void Invalidate();
    // The venue says otherwise, by a snapshot of its own: as Invalidate.
    void Contradict();

    State state() const { return state_; }
    const model::OrderBook& book() const { return book_; }
    // Why it was lost last: it was complete and yet not what the venue says that it is.
    bool contradicted() const { return contradicted_; }
    uint64_t last_update_id() const { return last_id_; }
    Nanos last_order_ts() const { return last_ts_; }
    // Beyond these prices levels may be missing. Absent: the whole book is known.
    std::optional<Decimal> known_bid_to() const;
    std::optional<Decimal> known_ask_to() const;

    // The book as a snapshot of our own, at its last delta. Only when synced; its levels hold until
    // the next call of anything here.
    model::BookSnapshot Derive();

    struct Stats {
        uint64_t applied = 0;
        uint64_t stale = 0;
        uint64_t gaps = 0;
        uint64_t overflows = 0;   // deltas that went for want of room
        uint64_t checks = 0;      // best quotes and checksums compared
        uint64_t mismatches = 0;  // ... that contradicted the book
    };
    const Stats& stats() const { return stats_; }

  private:
    struct Kept {
        model::BookDelta delta;  // its sides view the vectors
        std::vector<model::Level> bids;
        std::vector<model::Level> asks;
        Nanos order_ts = 0;
        std::optional<uint32_t> checksum;
    };

    // kGap: the chain is broken, or the book contradicts the checksum.
    BookStep Take(const model::BookDelta& delta, Nanos order_ts, std::optional<uint32_t> checksum);
    void Keep(const model::BookDelta& delta, Nanos order_ts, std::optional<uint32_t> checksum);
    bool IsOld(const SnapshotData& snapshot) const;
    bool Agrees(std::optional<uint32_t> checksum);
    void EmitSnapshot(Nanos order_ts);
    bool Contradicts(const model::Bbo& bbo) const;

    const BookRule& rule_;
    const BookLimits limits_;
    Output& output_;
    State state_ = State::kWaiting;
    model::OrderBook book_;
    std::unique_ptr<BookChecksum> checksum_;  // made when the first one comes
    uint64_t last_id_ = 0;
    uint64_t epoch_ = 0;
    model::QuantityUnit unit_ = model::QuantityUnit::kBase;
    Nanos last_ts_ = 0;  // the latest
    bool contradicted_ = false;
    bool emitted_ = false;           // the snapshot that the book began with
    std::optional<model::Bbo> bbo_;  // the newest, for the delta with the same id
    std::deque<Kept> kept_;
    std::vector<model::Level> bids_, asks_;  // of the snapshot being emitted, best first
    Stats stats_;
};

}  // namespace mp::collector
