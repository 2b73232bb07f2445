#pragma once
// On which shard each instrument lies. Chosen at its first write by rendezvous hashing over the
// shards' names, and stored as a pin before any row of it: shards that come later change nothing
// for what is there. A store that was one server before has no pins; what it holds lies on the
// first shard. Under the engine's write lock.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.hpp"
#include "storage/engines/clickhouse/series_table.hpp"
#include "storage/engines/clickhouse/state.hpp"

namespace mp::storage::clickhouse {

class Placement {
  public:
    // The names of all shards, the first one that of the state.
    explicit Placement(std::vector<std::string> shards) : shards_(std::move(shards)) {}

    void Forget();
    // A pin as it is stored. FailedPrecondition: no such shard is configured.
    Status Take(const StateRow& row);
    // A move that is under way, as it is stored. FailedPrecondition: as above.
    Status TakeMove(const StateRow& row);
    // Tells every series its shard, once all pins are taken.
    void Apply(const SeriesTable& table);
    // Of a series that has rows.
    void Find(const SeriesState& series);

    // Tells the series its shard where it has none; a pin that must be stored goes to `fresh`.
    void Place(const SeriesState& series, std::vector<StateRow>& fresh);

    enum class Step : uint8_t {
        kCopying,
        kCopied,    // the pin says `to`; what is left at `from` goes
        kDropping,  // broken off; what is at `to` goes
    };
    struct Move {
        int from = 0;
        int to = 0;
        Step step = Step::kCopying;
        // Of the commit that began copying or deleting; no two moves share one.
        uint64_t revision = 0;

        // Where rows are left over; nowhere while it is copying.
        int left() const { return step == Step::kDropping ? to : from; }
    };
    std::optional<int> Named(std::string_view shard) const;
    // Nothing of the instrument was ever written: empty.
    std::optional<int> PlaceOf(const std::string& instrument) const;
    const Move* MoveOf(const std::string& instrument) const;
    // How a move is stored, and the pin that belongs to it.
    StateRow RowOf(const std::string& instrument, const Move& move) const;
    StateRow PinOf(const std::string& instrument, const Move& move) const;
    // As they have to be stored where a commit broke off: it may have reached the one shard and not
    // the other, so what is copied is of no use.
    std::vector<StateRow> DropCopies();
    // What is stored now; Apply tells the series.
    void SetMove(const std::string& instrument, const Move& move);
    void EndMove(const std::string& instrument) { moves_.erase(instrument); }

  private:
    Result<int> Configured(const std::string& instrument, std::string_view shard) const;
    const std::string& NameOf(int shard) const { return shards_[static_cast<size_t>(shard)]; }
    const std::vector<std::string> shards_;
    std::unordered_map<std::string, int> pins_;  // by model::InstrumentKey
    std::unordered_map<std::string, Move> moves_;
};

}  // namespace mp::storage::clickhouse
