#include "scheduler/tasks/gap_repair_task.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "rpc/traced.hpp"
#include "tasks/payload.hpp"
#include "telemetry/logging.hpp"

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"scheduler.gap_repair"};

constexpr char kPurpose[] = "gap_repair";
constexpr Duration kQuestion = 30s;
constexpr Duration kOneGap = 2min;
// Of one call of a task.
rpc::CallOptions Within(Duration limit, const tasks::TaskContext& context) {
    return rpc::Traced(context.deadline().Earlier(Deadline::After(limit)), context.trace());
}

constexpr uint64_t kNamed = 5;  // gaps that stay open, in the log of a run

}  // namespace

Task<Result<std::string>> GapRepairTask::Run(tasks::TaskContext& context) {
    const auto settings = ReadSettings(context.task().payload_json());
    if (!settings.ok()) co_return settings.status();
    const auto gaps = co_await Find(*settings, context);
    if (!gaps.ok()) co_return gaps.status();
    Sum sum;
    if (!gaps->empty()) {
        auto collectors = peers_.Collectors(kPurpose);
        if (!collectors.ok()) co_return collectors.status();
        for (const FoundGap& gap : *gaps) {
            if (context.deadline().Left() < kQuestion) break;
            last_ = PlaceOf(gap);
            const auto answer = co_await Repair(*collectors, gap, *settings, context);
            Add(answer, gap, sum);
            context.SetProgress(static_cast<double>(sum.gaps) / static_cast<double>(gaps->size()));
        }
        kLog.Info(
            "asked venues for what is missing",
            {{"gaps", sum.gaps},
             {"repaired", sum.repaired},
             {"unrepairable", sum.unrepairable},
             {"unfinished", sum.unfinished},
             {"events", sum.events}}
        );
    }
    co_return nlohmann::json{
        {"gaps", sum.gaps},
        {"repaired", sum.repaired},
        {"unrepairable", sum.unrepairable},
        {"unfinished", sum.unfinished},
        {"events", sum.events}}
        .dump();
}

Result<GapRepairTask::Settings> GapRepairTask::ReadSettings(const std::string& text) {
    auto payload = tasks::Payload::Parse(text);
    if (!payload.ok()) return payload.status();
    Settings settings;
    settings.lookback = payload->GetDuration("lookback", settings.lookback);
    settings.settle = payload->GetDuration("settle", settings.settle);
    settings.max_gaps = payload->GetCount("max_gaps", settings.max_gaps);
    settings.max_pages = payload->GetCount("max_pages", settings.max_pages);
    MP_RETURN_IF_ERROR(payload->Finish());
    return settings;
}

Task<Result<std::vector<FoundGap>>> GapRepairTask::Find(
    Settings settings, const tasks::TaskContext& context
) {
    auto storage = peers_.AStorage(kPurpose);
    if (!storage.ok()) co_return storage.status();
    auto instruments = co_await Instruments(*storage, context);
    if (!instruments.ok()) co_return instruments.status();
    const Nanos now = clock_.Now();
    GapRound round(last_, settings.max_gaps);
    for (const pb::Instrument& instrument : round.Arrange(*std::move(instruments))) {
        pb::GetCoverageRequest request;
        *request.mutable_instrument() = instrument;
        request.set_start(now - settings.lookback.count());
        request.set_end(now);
        const auto answer = co_await storage->Call(
            &pb::StorageService::StubInterface::async_interface::GetCoverage,
            std::move(request),
            Within(kQuestion, context)
        );
        if (!answer.ok()) co_return answer.status();
        std::vector<FoundGap> found;
        for (const pb::SeriesCoverage& series : answer->series()) {
            for (FoundGap& gap : OpenGaps(series, now - settings.settle.count())) {
                found.push_back(std::move(gap));
            }
        }
        if (!round.Add(std::move(found))) break;
    }
    co_return round.Take();
}

Task<Result<std::vector<pb::Instrument>>> GapRepairTask::Instruments(
    Storage storage, const tasks::TaskContext& context
) {
    std::vector<pb::Instrument> instruments;
    pb::ListInstrumentsRequest request;
    for (;;) {
        const auto page = co_await storage.Call(
            &pb::StorageService::StubInterface::async_interface::ListInstruments,
            request,
            Within(kQuestion, context)
        );
        if (!page.ok()) co_return page.status();
        for (const pb::InstrumentEntry& entry : page->instruments()) {
            instruments.push_back(entry.instrument());
        }
        if (page->next_cursor().empty()) co_return instruments;
        request.set_cursor(page->next_cursor());
    }
}

// The first collector that knows the market does it; it is asked first the next time.
Task<Result<pb::RepairResponse>> GapRepairTask::Repair(
    std::vector<Collector>& collectors,
    FoundGap gap,
    Settings settings,
    const tasks::TaskContext& context
) {
    pb::RepairRequest request;
    *request.mutable_series() = gap.series;
    request.set_from_ts(gap.from);
    request.set_to_ts(gap.to);
    request.set_basis(gap.basis);
    request.set_reason(gap.reason);
    request.set_max_pages(settings.max_pages);
    Status last = absl::NotFoundError("nobody collects from there");
    for (size_t i = 0; i < collectors.size(); ++i) {
        auto answer = co_await collectors[i].Call(
            &pb::CollectorService::StubInterface::async_interface::Repair,
            request,
            Within(kOneGap, context)
        );
        if (answer.ok()) {
            std::rotate(
                collectors.begin(),
                collectors.begin() + static_cast<std::ptrdiff_t>(i),
                collectors.begin() + static_cast<std::ptrdiff_t>(i) + 1
            );
            co_return answer;
        }
        last = answer.status();
    }
    co_return last;
}

void GapRepairTask::Add(const Result<pb::RepairResponse>& answer, const FoundGap& gap, Sum& sum) {
    ++sum.gaps;
    std::string trouble;
    if (answer.ok()) {
        sum.events += answer->events();
        for (const pb::Coverage& recorded : answer->recorded()) {
            const bool repaired = recorded.state() == pb::COVERAGE_STATE_REPAIRED;
            ++(repaired ? sum.repaired : sum.unrepairable);
        }
        if (answer->finished()) return;
        trouble = answer->error();
    } else {
        trouble = answer.status().ToString();
    }
    ++sum.unfinished;
    if (sum.unfinished > kNamed) return;
    kLog.Warn(
        "a gap is not repaired yet, the next run goes on",
        {{"symbol", gap.series.instrument().symbol()},
         {"data_type", pb::DataType_Name(gap.series.data_type())},
         {"reason", trouble}}
    );
}

}  // namespace mp::scheduler
