#pragma once
// Rows of one series as the server has them: in any order, every version of each. Sorted here, and
// each event once, as its last version says: cheaper than in a query, where the oldest servers sort
// everything anew. For one thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "storage/engine.hpp"
#include "storage/engines/clickhouse/event_columns.hpp"

namespace mp::storage::clickhouse {

// What a query must select for SortedRows, as a list.
std::string VersionColumns(model::DataType type);

class SortedRows {
  public:
    // None.
    SortedRows() = default;
    // All of the answer to a query of VersionColumns; DataLoss.
    static Result<SortedRows> Read(model::DataType type, std::string answer, Direction direction);

    // Rows of the answer, repeats and what is gone included.
    size_t versions() const { return versions_; }
    // Events.
    size_t rows() const { return order_.size(); }

    // The next event; false at the end. Views live as long as this.
    bool Next() { return ++at_ <= order_.size(); }
    std::string_view key() const { return Text(order_[at_ - 1].key); }
    std::string_view event() const { return Text(order_[at_ - 1].event); }

  private:
    struct Piece {
        uint32_t begin = 0;
        uint32_t size = 0;
    };
    struct Version {
        Nanos order_ts = 0;
        uint64_t revision = 0;
        Piece key;
        Piece event;
        bool gone = false;
        bool begins_block = false;  // of the answer
    };

    std::string_view Text(Piece piece) const {
        return std::string_view(texts_).substr(piece.begin, piece.size);
    }
    Piece Keep(std::string_view text);
    bool Before(const Version& a, const Version& b) const;
    void Sort(Direction direction);
    void OrderRuns();

    std::string texts_;  // keys and events
    std::vector<Version> order_;
    size_t versions_ = 0;
    size_t at_ = 0;
};

}  // namespace mp::storage::clickhouse
