#include "storage/tasks/retention_task.hpp"

#include <vector>

#include <nlohmann/json.hpp>

#include "storage/tasks/retention_cut.hpp"
#include "tasks/payload.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

constexpr Duration kNotTold{-1};

const telemetry::Logger kLog{"storage.retention"};

std::string ResultOf(uint64_t deleted, size_t series) {
    return nlohmann::json{{"deleted", deleted}, {"series", series}}.dump();
}

}  // namespace

Result<Duration> RetentionTask::OlderThan(const std::string& payload) const {
    auto told = tasks::Payload::Parse(payload);
    if (!told.ok()) return told.status();
    const Duration age = told->GetDuration("older_than", kNotTold);
    MP_RETURN_IF_ERROR(told->Finish());
    if (age.count() == 0) return absl::InvalidArgumentError("older_than: must not be 0");
    return age == kNotTold ? retention_ : age;
}

Task<Result<std::string>> RetentionTask::Run(tasks::TaskContext& context) {
    const Result<Duration> age = OlderThan(context.task().payload_json());
    if (!age.ok()) co_return age.status();
    if (age->count() == 0) co_return ResultOf(0, 0);
    const Nanos before = clock_.Now() - age->count();
    uint64_t deleted = 0;
    size_t touched = 0;
    size_t done = 0;
    const auto series = co_await pool_.Run([this] { return engine_.ListSeries(); });
    if (!series.ok()) co_return series.status();
    for (const SeriesEntry& entry : *series) {
        context.SetProgress(static_cast<double>(done++) / static_cast<double>(series->size()));
        // What is known about completeness outlives the data, and costs next to nothing.
        if (entry.series.data_type == model::DataType::kCoverage) continue;
        const Result<uint64_t> expired = co_await Expire(entry, before);
        if (!expired.ok()) co_return expired.status();
        deleted += *expired;
        if (*expired > 0) ++touched;
    }
    kLog.Info("retention done", {{"deleted", deleted}, {"series", touched}});
    co_return ResultOf(deleted, touched);
}

Task<Result<uint64_t>> RetentionTask::Expire(const SeriesEntry& entry, Nanos before) {
    const auto cut =
        co_await pool_.Run([&] { return RetentionCut(engine_, entry.series, before); });
    if (!cut.ok()) co_return cut.status();
    uint64_t deleted = 0;
    std::string resume;
    do {
        const Result<DeletionSlice> slice =
            co_await pool_.Run([&] { return engine_.Expire(entry.id, *cut, resume); });
        if (!slice.ok()) co_return slice.status();
        deleted += slice->events;
        resume = slice->next;
    } while (!resume.empty());
    co_return deleted;
}

}  // namespace mp::storage
