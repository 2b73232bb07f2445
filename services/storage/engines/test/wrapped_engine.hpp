#pragma once
// Test only: an engine, one in memory if none is given, of which a test overrides what it is about.

#include <memory>
#include <utility>

#include "storage/engines/test/memory_engine.hpp"

namespace mp::storage {

class WrappedEngine : public Engine {
  public:
    explicit WrappedEngine(std::unique_ptr<Engine> engine = std::make_unique<MemoryEngine>())
        : engine_(std::move(engine)) {}

    std::string_view name() const override { return engine_->name(); }
    SeriesId Intern(const model::Series& series) override { return engine_->Intern(series); }
    Result<AppendOutcome> Append(const AppendBatch& batch) override {
        return engine_->Append(batch);
    }
    Status DeclareLoss(std::string_view reason) override { return engine_->DeclareLoss(reason); }
    std::optional<SeriesId> Find(const model::Series& series) const override {
        return engine_->Find(series);
    }
    std::vector<SeriesEntry> ListSeries() const override { return engine_->ListSeries(); }
    Result<std::unique_ptr<Cursor>> Scan(SeriesId series, const ScanRange& range) const override {
        return engine_->Scan(series, range);
    }
    Result<std::unique_ptr<TradeCursor>> ScanTrades(SeriesId series, const ScanRange& range)
        const override {
        return engine_->ScanTrades(series, range);
    }
    Result<DeletionSlice> DeleteRange(
        SeriesId series, model::Interval time, std::string_view resume
    ) override {
        return engine_->DeleteRange(series, time, resume);
    }
    Result<DeletionSlice> Expire(SeriesId series, Nanos received_before, std::string_view resume)
        override {
        return engine_->Expire(series, received_before, resume);
    }
    Result<std::optional<StreamPosition>> Position() const override { return engine_->Position(); }
    Result<std::vector<Note>> Notes() const override { return engine_->Notes(); }
    Result<EngineStatistics> Statistics() const override { return engine_->Statistics(); }
    Tally TallyOf(SeriesId series) const override { return engine_->TallyOf(series); }
    Result<UpkeepStep> Upkeep() override { return engine_->Upkeep(); }
    Status Health() const override { return OkStatus(); }
    std::string_view recovery() const override { return {}; }

  private:
    const std::unique_ptr<Engine> engine_;
};

}  // namespace mp::storage
