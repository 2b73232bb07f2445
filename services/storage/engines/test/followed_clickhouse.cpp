#include "storage/engines/test/followed_clickhouse.hpp"

#include <stdexcept>
#include <utility>

#include "storage/engines/test/clickhouse_fixture.hpp"

namespace mp::storage {
namespace {

std::unique_ptr<SharedEngine> OpenOne(const testing::TempDir& folder, const Clock& clock) {
    auto engine = OpenSharedClickHouse(ClickHouseOf(SharedClickHouse(), folder), 1, clock);
    if (!engine.ok()) throw std::runtime_error(engine.status().ToString());
    return *std::move(engine);
}

// Series have the writer's numbers.
class FollowedClickHouse final : public Engine {
  public:
    FollowedClickHouse(const testing::TempDir& folder, const Clock& clock)
        : first_(OpenOne(folder, clock)),
          follower_(OpenOne(folder, clock)),
          writer_(first_->lane(0)) {
        const Status led = writer_.Lead("first");
        if (!led.ok()) throw std::runtime_error(led.ToString());
    }

    std::string_view name() const override { return writer_.name(); }
    SeriesId Intern(const model::Series& series) override { return writer_.Intern(series); }
    Result<AppendOutcome> Append(const AppendBatch& batch) override {
        return writer_.Append(batch);
    }
    Status DeclareLoss(std::string_view reason) override { return writer_.DeclareLoss(reason); }
    std::optional<SeriesId> Find(const model::Series& series) const override {
        return follower_->Find(series) ? writer_.Find(series) : std::nullopt;
    }
    std::vector<SeriesEntry> ListSeries() const override {
        std::vector<SeriesEntry> listed;
        for (SeriesEntry entry : writer_.ListSeries()) {
            for (const SeriesEntry& followed : follower_->ListSeries()) {
                if (followed.series != entry.series) continue;
                entry.events = followed.events;
                listed.push_back(entry);
            }
        }
        return listed;
    }
    Result<std::unique_ptr<Cursor>> Scan(SeriesId series, const ScanRange& range) const override {
        for (const SeriesEntry& entry : writer_.ListSeries()) {
            if (entry.id != series) continue;
            const auto found = follower_->Find(entry.series);
            // What was never stored is nobody's business but the writer's.
            return found ? follower_->Scan(*found, range) : writer_.Scan(series, range);
        }
        return absl::NotFoundError("no such series");
    }
    Result<DeletionSlice> DeleteRange(
        SeriesId series, model::Interval time, std::string_view resume
    ) override {
        return writer_.DeleteRange(series, time, resume);
    }
    Result<DeletionSlice> Expire(SeriesId series, Nanos received_before, std::string_view resume)
        override {
        return writer_.Expire(series, received_before, resume);
    }
    Result<std::optional<StreamPosition>> Position() const override { return writer_.Position(); }
    Result<std::vector<Note>> Notes() const override { return writer_.Notes(); }
    Result<EngineStatistics> Statistics() const override { return follower_->Statistics(); }
    Tally TallyOf(SeriesId series) const override { return writer_.TallyOf(series); }
    Status Health() const override { return writer_.Health(); }
    std::string_view recovery() const override { return writer_.recovery(); }

  private:
    const std::unique_ptr<SharedEngine> first_;
    const std::unique_ptr<SharedEngine> follower_;
    LaneEngine& writer_;
};

}  // namespace

std::unique_ptr<Engine> OpenFollowedClickHouse(const testing::TempDir& folder, const Clock& clock) {
    return std::make_unique<FollowedClickHouse>(folder, clock);
}

}  // namespace mp::storage
