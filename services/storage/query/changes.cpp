#include "storage/query/changes.hpp"

#include <optional>
#include <string>
#include <utility>

namespace mp::storage {
namespace {

std::string_view IdentityIn(std::string_view key) {
    return key.substr(AppendBatch::kIdentityOffset);
}

class ChangesCursor final : public Cursor {
  public:
    ChangesCursor(
        const SeriesReader& engine,
        SeriesId series,
        Direction direction,
        std::unique_ptr<Cursor> rows
    )
        : engine_(engine), series_(series), direction_(direction), rows_(std::move(rows)) {}

    bool Next() override {
        return direction_ == Direction::kForward ? NextForward() : NextBackward();
    }
    Status status() const override { return status_.ok() ? rows_->status() : status_; }
    std::string_view key() const override { return row_.key; }
    std::string_view event() const override { return row_.event; }

  private:
    struct Row {
        std::string key;
        std::string event;
    };

    void Take(Row& row) { row = {std::string(rows_->key()), std::string(rows_->event())}; }

    bool NextForward() {
        while (rows_->Next()) {
            if (!before_ && !FindBefore(rows_->key())) return false;
            const std::string_view identity = IdentityIn(rows_->key());
            if (identity == *before_) continue;
            before_ = identity;
            Take(row_);
            return true;
        }
        return false;
    }

    // A row is a change once the one before it is known to differ.
    bool NextBackward() {
        if (!earlier_) {
            if (!rows_->Next()) return false;
            Take(earlier_.emplace());
        }
        row_ = *std::exchange(earlier_, std::nullopt);
        while (rows_->Next()) {
            if (IdentityIn(rows_->key()) != IdentityIn(row_.key)) {
                Take(earlier_.emplace());
                return true;
            }
            Take(row_);
        }
        return rows_->status().ok() && FindBefore(row_.key) && *before_ != IdentityIn(row_.key);
    }

    // Leaves the identity in front of `key` in before_; empty: there is none.
    bool FindBefore(std::string_view key) {
        ScanRange range;
        range.after = key;
        range.direction = Direction::kBackward;
        const auto rows = engine_.Scan(series_, range);
        status_ = rows.ok() ? OkStatus() : rows.status();
        if (!rows.ok()) return false;
        before_ = (*rows)->Next() ? std::string(IdentityIn((*rows)->key())) : std::string();
        status_ = (*rows)->status();
        return status_.ok();
    }

    const SeriesReader& engine_;
    const SeriesId series_;
    const Direction direction_;
    const std::unique_ptr<Cursor> rows_;
    std::optional<std::string> before_;
    std::optional<Row> earlier_;  // backward: read already, not given yet
    Row row_;
    Status status_;
};

}  // namespace

Result<std::unique_ptr<Cursor>> ScanChanges(
    const SeriesReader& engine, SeriesId series, const ScanRange& range
) {
    Result<std::unique_ptr<Cursor>> rows = engine.Scan(series, range);
    if (!rows.ok()) return rows.status();
    return std::make_unique<ChangesCursor>(engine, series, range.direction, *std::move(rows));
}

}  // namespace mp::storage
