#pragma once
// A ClickHouse store as several instances share it: an engine a lane. Series have numbers of their
// own here: the lane's number is the rest of a division by the number of lanes.

#include <memory>
#include <vector>

#include "storage/engines/clickhouse/clickhouse_engine.hpp"
#include "storage/engines/clickhouse/orders.hpp"

namespace mp::storage::clickhouse {

class SharedStore final : public SharedEngine {
  public:
    SharedStore(const ClickHouseConfig& config, uint32_t lanes, const Clock& clock);

    // As ClickHouseEngine::Load, of every lane.
    Status Load();

    uint32_t lanes() const override { return static_cast<uint32_t>(lanes_.size()); }
    LaneEngine& lane(uint32_t number) override { return *lanes_[number]; }
    Result<size_t> Serve() override;

    std::string_view name() const override { return lanes_.front()->name(); }
    SeriesId Intern(const model::Series& series) override;
    // Unimplemented: lanes take events.
    Result<AppendOutcome> Append(const AppendBatch& batch) override;
    Status DeclareLoss(std::string_view reason) override;
    std::optional<SeriesId> Find(const model::Series& series) const override;
    std::vector<SeriesEntry> ListSeries() const override;
    Result<std::unique_ptr<Cursor>> Scan(SeriesId series, const ScanRange& range) const override;
    Status WritesParquet() const override { return lanes_.front()->WritesParquet(); }
    Result<WrittenRows> WriteParquet(
        SeriesId series, const ScanRange& range, uint64_t limit, const ByteSink& sink
    ) const override;
    Result<DeletionSlice> DeleteRange(
        SeriesId series, model::Interval time, std::string_view resume
    ) override;
    Result<DeletionSlice> Expire(SeriesId series, Nanos received_before, std::string_view resume)
        override;
    Result<MoveSlice> MoveInstrument(
        const model::Instrument& instrument, std::string_view to, std::string_view resume
    ) override;
    // Of the lane that is the least far.
    Result<std::optional<StreamPosition>> Position() const override;
    Result<std::vector<Note>> Notes() const override { return std::vector<Note>(); }
    Result<EngineStatistics> Statistics() const override;
    Tally TallyOf(SeriesId series) const override;
    Status Health() const override;
    Status Redundancy() const override { return lanes_.front()->Redundancy(); }
    std::vector<EndpointState> Endpoints() const override;
    void GiveUpAt(Deadline deadline) override;
    std::string_view recovery() const override { return {}; }

  private:
    // A series as its lane numbers it.
    struct Place {
        uint32_t number = 0;
        ClickHouseEngine& lane;
        SeriesId series;
    };
    Place PlaceOf(SeriesId series) const;
    SeriesId NumberOf(uint32_t lane, SeriesId series) const;
    uint32_t LaneOf(const model::Instrument& instrument) const;
    Result<Orders::Texts> Do(ClickHouseEngine& lane, const Orders::Texts& order);
    Result<MoveSlice> Move(
        ClickHouseEngine& lane,
        const model::Instrument& instrument,
        std::string_view to,
        std::string_view resume
    );

    std::vector<std::unique_ptr<ClickHouseEngine>> lanes_;
    Orders orders_;
    const std::string self_;  // no other process has it
};

}  // namespace mp::storage::clickhouse
