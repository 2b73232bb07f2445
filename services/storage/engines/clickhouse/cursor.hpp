#pragma once
// Rows of one series, fetched page by page. A query sorts everything it looks at, so each looks at
// a piece of time that holds about one page: the series' days say how long that is. Pages grow
// while the reader goes on. Large ones are sorted here, and the next ones are on their way while
// one is read.
//
// Pages are queries of their own: an event that moves to an earlier receive time meanwhile may be
// missed by a cursor that is just between the two places.

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/engine.hpp"
#include "storage/engines/clickhouse/cluster.hpp"
#include "storage/engines/clickhouse/event_columns.hpp"
#include "storage/engines/clickhouse/series_table.hpp"
#include "storage/engines/clickhouse/sorted_rows.hpp"

namespace mp::storage::clickhouse {

// Whoever writes must know what was written just now, by whomever.
enum class ReadFrom : uint8_t { kPrimary, kReplicas };

class PagedCursor final : public Cursor {
  public:
    // Cluster and state outlive it.
    PagedCursor(
        const Cluster& cluster, const SeriesState& state, const ScanRange& range, ReadFrom from
    );

    bool Next() override;
    Status status() const override { return status_; }
    std::string_view key() const override { return whole_ ? sorted_.key() : page_->key(); }
    std::string_view event() const override { return whole_ ? sorted_.event() : page_->event(); }

  private:
    // Instants, both inclusive.
    struct Window {
        Nanos from = 0;
        Nanos to = 0;
        uint64_t changed = 0;  // the revision of the last change in it
    };

    bool forward() const { return direction_ == Direction::kForward; }
    std::optional<Window> NextWindow();
    Window Sparse() const;
    Window Dense(const Day& day) const;
    std::string Condition(const Window& window) const;
    Status Fetch(const Window& window);
    Result<std::string> Ask(const std::string& sql, uint64_t changed) const;
    void EndPage();

    // A page on its way.
    struct Ahead {
        Window window;
        size_t most = 0;  // versions in it
        std::future<Result<SortedRows>> page;
    };

    size_t MostEvents() const;
    // Whether the next page is one of those that are sorted here.
    bool Large() const;
    void AskAhead();
    // Asks for all of the window, but for what goes beyond `most`.
    std::function<Result<SortedRows>()> PageOf(const Window& window, size_t most) const;
    Status TakeAhead();
    void GoBackTo(const Window& window);
    void FindDays();
    // What comes next lies behind the window.
    void Leave(const Window& window);
    void Adapt(size_t rows);

    const Cluster& cluster_;
    const SeriesState& state_;
    const ReadFrom source_;
    const uint64_t changed_;  // of the series, when the cursor was made
    const Direction direction_;

    // What is left of the range, both inclusive, and of the days with events in it.
    Nanos from_ = 0;
    Nanos to_ = 0;
    std::string after_;
    DayIndex::Days days_;  // the next one last
    bool windowed_ = true;
    bool at_end_ = false;  // there is no time behind

    const size_t pages_ahead_;
    size_t page_rows_;
    double stretch_ = 1.5;  // of a window over what the day's density says
    Window window_;
    std::unique_ptr<EventReader> page_;
    SortedRows sorted_;
    bool whole_ = false;  // the page is `sorted_`
    std::deque<Ahead> ahead_;
    bool finished_ = false;
    Status status_;
};

}  // namespace mp::storage::clickhouse
