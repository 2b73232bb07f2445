#include "storage/engines/clickhouse/cursor.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/big_endian.hpp"
#include "storage/engines/clickhouse/migrations.hpp"
#include "storage/engines/clickhouse/sql.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

constexpr size_t kFirstPage = 1100;
// Where sorting here costs less than sorting there. Larger ones take longer to begin with, and more
// memory than the processor has near.
constexpr size_t kLargestPage = 16'384;
constexpr size_t kBulkAhead = 3;
// A window that holds so many times a page, repeats included, is read page by page after all.
constexpr size_t kMostVersions = 4;
// Books are large: fewer rows a page.
constexpr size_t kLargestBookPage = 4'096;
// An empty window says that the day is not evenly filled.
constexpr double kWiden = 8;
constexpr double kStretch = 1.5;

constexpr Nanos kMin = std::numeric_limits<Nanos>::min();
constexpr Nanos kMax = std::numeric_limits<Nanos>::max();

size_t LargestPage(model::DataType type) {
    const bool book = type == model::DataType::kBookDelta || type == model::DataType::kBookSnapshot;
    return book ? kLargestBookPage : kLargestPage;
}

Nanos Saturated(Nanos value, double distance) {
    const double sum = static_cast<double>(value) + distance;
    if (sum >= static_cast<double>(kMax)) return kMax;
    if (sum <= static_cast<double>(kMin)) return kMin;
    return value + static_cast<Nanos>(distance);
}

}  // namespace

PagedCursor::PagedCursor(
    const Cluster& cluster, const SeriesState& state, const ScanRange& range, ReadFrom from
)
    : cluster_(cluster),
      state_(state),
      source_(from),
      changed_(state.changed),
      direction_(range.direction),
      from_(range.time.from),
      to_(range.time.to),
      after_(range.after),
      // Claims are few, and nobody counts them.
      windowed_(state.series.data_type != model::DataType::kCoverage),
      pages_ahead_(range.bulk ? kBulkAhead : 1),
      page_rows_(
          std::min(range.bulk ? kLargestPage : kFirstPage, LargestPage(state.series.data_type))
      ) {
    if (cluster.Of(state) == nullptr || (range.time.empty() && range.time.to != kMax)) {
        finished_ = true;
        return;
    }
    // The end of time is a time like others.
    if (to_ != kMax) --to_;
    if (after_.size() >= sizeof(Nanos)) {
        const Nanos place = ReadSortable(after_);
        if (forward()) {
            from_ = std::max(from_, place);
        } else {
            to_ = std::min(to_, place);
        }
    }
    FindDays();
}

void PagedCursor::FindDays() {
    if (windowed_) days_ = state_.days.Between(from_, to_);
    if (forward()) std::reverse(days_.begin(), days_.end());
}

bool PagedCursor::Next() {
    while (!finished_ && status_.ok()) {
        if (whole_) {
            if (sorted_.Next()) return true;
            whole_ = false;
        }
        if (page_ != nullptr) {
            const Result<bool> more = page_->Next();
            if (!more.ok()) {
                status_ = more.status();
            } else if (*more) {
                return true;
            } else {
                EndPage();
            }
            continue;
        }
        if (Large()) AskAhead();
        if (!ahead_.empty()) {
            status_ = TakeAhead();
            continue;
        }
        const std::optional<Window> window = NextWindow();
        if (!window) {
            finished_ = true;
        } else {
            status_ = Fetch(*window);
        }
    }
    return false;
}

// The next piece of time that holds about one page.
std::optional<PagedCursor::Window> PagedCursor::NextWindow() {
    if (at_end_ || from_ > to_) return std::nullopt;
    if (!windowed_) return Window{from_, to_, changed_};
    // What lies between the days with events is passed over.
    while (!days_.empty()) {
        const Day& day = days_.back().second;
        if (forward() ? day.last >= from_ : day.first <= to_) break;
        days_.pop_back();
    }
    if (days_.empty()) return std::nullopt;
    const Day& day = days_.back().second;
    if (forward()) {
        from_ = std::max(from_, day.first);
    } else {
        to_ = std::min(to_, day.last);
    }
    if (from_ > to_) return std::nullopt;
    return day.events <= MostEvents() ? Sparse() : Dense(day);
}

// What one window may hold: sorting some pages at once costs less than another small query does.
size_t PagedCursor::MostEvents() const {
    return (Large() ? 2 : 4) * page_rows_;
}

// Whole days, as many as make a page.
PagedCursor::Window PagedCursor::Sparse() const {
    // Between days there may be those that were deleted.
    Window window{from_, to_, days_.size() == 1 ? days_.back().second.changed : changed_};
    uint64_t events = 0;
    for (auto day = days_.rbegin(); day != days_.rend(); ++day) {
        events += day->second.events;
        if (events > MostEvents()) break;
        if (forward()) {
            window.to = std::min(to_, day->second.last);
        } else {
            window.from = std::max(from_, day->second.first);
        }
    }
    return window;
}

PagedCursor::Window PagedCursor::Dense(const Day& day) const {
    const double span = static_cast<double>(day.last) - static_cast<double>(day.first) + 1;
    const double length =
        stretch_ * span * static_cast<double>(page_rows_) / static_cast<double>(day.events);
    if (forward()) {
        return {from_, std::min({to_, day.last, Saturated(from_, length)}), day.changed};
    }
    return {std::max({from_, day.first, Saturated(to_, -length)}), to_, day.changed};
}

// An instrument that is moved meanwhile leaves its old shard behind the answer, or in it.
Result<std::string> PagedCursor::Ask(const std::string& sql, uint64_t changed) const {
    for (;;) {
        const Shard* const shard = cluster_.Of(state_);
        if (shard == nullptr) {
            return absl::UnavailableError("clickhouse: what was begun here was not committed");
        }
        Result<std::string> answer =
            source_ == ReadFrom::kPrimary
                ? shard->primary().Query(sql)
                : shard->Read(sql, std::max<uint64_t>(changed, state_.moved));
        if (cluster_.Of(state_) == shard) return answer;
    }
}

std::string PagedCursor::Condition(const Window& window) const {
    std::string condition =
        Concat(IsInstrument(state_.series.instrument), " AND ", IsBetween(window.from, window.to));
    if (!after_.empty()) Append(condition, " AND ", IsBehind(after_, direction_));
    return condition;
}

// The writer's own reading is short, and sees what it changes meanwhile.
bool PagedCursor::Large() const {
    return windowed_ && source_ == ReadFrom::kReplicas && page_rows_ == kLargestPage;
}

// While the server works at one page, another one is sorted.
void PagedCursor::AskAhead() {
    while (ahead_.size() < pages_ahead_) {
        const std::optional<Window> window = NextWindow();
        if (!window) return;
        const size_t most = kMostVersions * page_rows_;
        ahead_.push_back({*window, most, std::async(std::launch::async, PageOf(*window, most))});
        Leave(*window);
    }
}

std::function<Result<SortedRows>()> PagedCursor::PageOf(const Window& window, size_t most) const {
    const model::DataType type = state_.series.data_type;
    std::string sql = Concat(
        "SELECT ",
        VersionColumns(type),
        " FROM ",
        RowsTable(type),
        " PREWHERE ",
        Condition(window),
        " LIMIT ",
        most + 1,
        " FORMAT Native"
    );
    return [this, type, sql = std::move(sql), changed = window.changed]() -> Result<SortedRows> {
        Result<std::string> answer = Ask(sql, changed);
        if (!answer.ok()) return answer.status();
        return SortedRows::Read(type, *std::move(answer), direction_);
    };
}

Status PagedCursor::TakeAhead() {
    Ahead next = std::move(ahead_.front());
    ahead_.pop_front();
    Result<SortedRows> rows = next.page.get();
    if (!rows.ok()) return rows.status();
    if (rows->versions() > next.most) {
        GoBackTo(next.window);
        return Fetch(next.window);
    }
    sorted_ = *std::move(rows);
    whole_ = true;
    Adapt(sorted_.rows());
    return OkStatus();
}

// What was asked for behind the window was asked for too early.
void PagedCursor::GoBackTo(const Window& window) {
    ahead_.clear();
    at_end_ = false;
    (forward() ? from_ : to_) = forward() ? window.from : window.to;
    FindDays();
}

Status PagedCursor::Fetch(const Window& window) {
    const model::DataType type = state_.series.data_type;
    const std::string columns = SelectedColumns(type);
    const std::string sql = Concat(
        CountingRows(type, columns, Condition(window), direction_),
        " LIMIT ",
        page_rows_,
        " FORMAT Native"
    );
    Result<std::string> answer = Ask(sql, window.changed);
    if (!answer.ok()) return answer.status();
    window_ = window;
    page_ = std::make_unique<EventReader>(type, *std::move(answer));
    return OkStatus();
}

// Behind its last row the page says where the next one begins.
void PagedCursor::EndPage() {
    const size_t rows = page_->rows();
    if (rows == page_rows_) {
        after_ = page_->key();
        (forward() ? from_ : to_) = page_->order_ts();
        page_rows_ = std::min(page_rows_ * 4, LargestPage(state_.series.data_type));
        if (rows > page_rows_ / 8) stretch_ = kStretch;
    } else {
        Leave(window_);
        Adapt(rows);
    }
    page_.reset();
}

void PagedCursor::Leave(const Window& window) {
    // There may be no time behind it.
    at_end_ = forward() ? window.to == kMax : window.from == kMin;
    if (!at_end_) (forward() ? from_ : to_) = forward() ? window.to + 1 : window.from - 1;
}

void PagedCursor::Adapt(size_t rows) {
    if (rows == 0) stretch_ *= kWiden;
    if (rows > 0) page_rows_ = std::min(page_rows_ * 4, LargestPage(state_.series.data_type));
    if (rows > page_rows_ / 8) stretch_ = kStretch;
}

}  // namespace mp::storage::clickhouse
