#include "collector/repair/historian.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/time.hpp"
#include "model/candle.hpp"

namespace mp::collector {
namespace {

constexpr size_t kPadding = 16;  // readable behind an answer
constexpr std::string_view kRepairSource = "repair";

// The venue understood that it was asked, and has no answer.
bool IsFinal(const Status& status) {
    return absl::IsInvalidArgument(status) || absl::IsNotFound(status);
}

std::string_view TextOf(const RestAnswer& padded) {
    return std::string_view(padded.body).substr(0, padded.body.size() - kPadding);
}

std::string SourceOf(const RestCall& call) {
    return "rest:" + call.endpoint;
}

// Where the bars of `interval` that end inside `range` end.
std::set<Nanos> EndsOfBars(std::string_view interval, model::Interval range) {
    std::set<Nanos> ends;
    const auto bars = model::CandleInterval::Parse(interval);
    if (!bars.ok()) return ends;
    Nanos end = bars->OpenOf(range.from);
    if (end < range.from) end = bars->CloseOf(range.from);
    for (; end < range.to; end = bars->CloseOf(end)) ends.insert(end);
    return ends;
}

}  // namespace

struct Historian::Job {
    const Listing listing;
    const GapToRepair gap;
    const Deadline deadline;
    const InstrumentFacts facts;
    RepairOutcome outcome;
    uint32_t pages = 0;
    Nanos decided_to = 0;
    std::map<std::string_view, std::set<Nanos>> ends = {};  // of bars that were given

    const model::Instrument& instrument() const { return listing.instrument; }
    bool HasPages() const { return pages < gap.max_pages; }
};

Task<RepairOutcome> Historian::Repair(Listing listing, GapToRepair gap, Deadline deadline) {
    const InstrumentFacts facts = listing.Facts();
    Job job{std::move(listing), std::move(gap), deadline, facts, {}};
    job.decided_to = job.gap.interval.from;
    Status ended;
    if (job.gap.type == model::DataType::kTrade) {
        ended = co_await RepairTrades(job);
    } else {
        ended = co_await RepairRanges(job);
    }
    if (IsFinal(ended)) {
        ended = GiveUp(job, {job.decided_to, job.gap.interval.to}, gap_reason::kRefused);
    }
    job.outcome.finished = ended.ok() && job.decided_to >= job.gap.interval.to;
    if (ended.ok() && !job.outcome.finished) ended = absl::ResourceExhaustedError("more to come");
    job.outcome.trouble = std::move(ended);
    co_return std::move(job.outcome);
}

Task<Status> Historian::RepairTrades(Job& job) {
    const History* history = venue_.history();
    if (history != nullptr && history->trades() != nullptr) {
        co_return co_await WalkTrades(job, *history->trades());
    }
    if (history != nullptr && history->recent_trades() != nullptr) {
        co_return co_await RepairByNewest(job, *history->recent_trades());
    }
    const auto why = history == nullptr ? gap_reason::kNotOffered : history->why_no_trades();
    co_return GiveUp(job, job.gap.interval, why);
}

// What lies before the oldest of the newest trades is gone for good.
Task<Status> Historian::RepairByNewest(Job& job, const RecentTrades& trades) {
    const model::Interval gap = job.gap.interval;
    ++job.pages;
    const RestCall call = trades.NewestCall(job.instrument());
    const auto answer = co_await Fetch(call, job.deadline);
    if (!answer.ok()) co_return answer.status();
    const Asked asked{job.instrument(), job.facts, answer->received_ts};
    auto newest = trades.ParseNewest(TextOf(*answer), asked);
    if (!newest.ok()) co_return newest.status();
    Finding repaired;
    repaired.state = model::CoverageState::kRepaired;
    repaired.from = std::clamp(newest->whole.from, gap.from, gap.to);
    repaired.to = std::clamp(newest->whole.to, repaired.from, gap.to);
    std::erase_if(newest->events, [&](const model::Event& event) {
        return event.order_ts < repaired.from || event.order_ts >= repaired.to;
    });
    MP_CO_RETURN_IF_ERROR(Publish(job, newest->events));
    MP_CO_RETURN_IF_ERROR(GiveUp(job, {gap.from, repaired.from}, gap_reason::kExpired));
    if (repaired.to > repaired.from) MP_CO_RETURN_IF_ERROR(Record(job, repaired, SourceOf(call)));
    if (repaired.to < gap.to) co_return absl::UnavailableError("the venue tells nothing newer yet");
    co_return OkStatus();
}

Task<Status> Historian::WalkTrades(Job& job, const TradeHistory& trades) {
    const model::Interval gap = job.gap.interval;
    const auto first = co_await Locate(job, trades);
    if (absl::IsOutOfRange(first.status())) co_return GiveUp(job, gap, gap_reason::kExpired);
    if (!first.ok()) co_return first.status();
    TradeWalk walk(gap, *first);
    std::vector<model::Event> events;
    Findings findings;
    while (!walk.done() && job.HasPages()) {
        ++job.pages;
        const uint64_t asked = walk.next();
        const RestCall call = trades.PageCall(job.instrument(), asked);
        const auto answer = co_await Fetch(call, job.deadline);
        if (!answer.ok()) co_return answer.status();
        const Nanos now = answer->received_ts;
        const auto page = trades.ParsePage(TextOf(*answer), {job.instrument(), job.facts, now});
        if (!page.ok()) co_return page.status();
        const bool newest = page->empty() || page->back().number + 1 < asked + trades.page_size();
        events.clear();
        findings.clear();
        walk.Take(*page, newest, now, events, findings);
        MP_CO_RETURN_IF_ERROR(Publish(job, events));
        for (const Finding& finding : findings) {
            MP_CO_RETURN_IF_ERROR(Record(job, finding, SourceOf(call)));
        }
        if (newest && !walk.done() && walk.next() >= asked) {
            co_return absl::UnavailableError("the venue tells nothing newer yet");
        }
    }
    co_return OkStatus();
}

// The last trade before the gap. OutOfRange: the venue does not reach back that far.
Task<Result<TradeWalk::Start>> Historian::Locate(Job& job, const TradeHistory& trades) {
    const Nanos from = job.gap.interval.from;
    const auto answer = co_await Fetch(trades.LocateCall(job.instrument(), from), job.deadline);
    if (!answer.ok()) co_return answer.status();
    const auto located = trades.ParseLocated(TextOf(*answer));
    if (!located.ok()) co_return located.status();
    if (*located) co_return TradeWalk::Start{**located};
    // Nothing since then, or nothing that old.
    const auto newest = co_await Fetch(trades.LatestCall(job.instrument()), job.deadline);
    if (!newest.ok()) co_return newest.status();
    const auto page = trades.ParsePage(TextOf(*newest), {job.instrument(), job.facts, 0});
    if (!page.ok()) co_return page.status();
    if (!page->empty() && page->back().event.order_ts < from) {
        co_return TradeWalk::Start{page->back().number};
    }
    if (trades.first_ever()) co_return TradeWalk::Start{*trades.first_ever(), true};
    co_return absl::OutOfRangeError("the venue's trades do not reach back that far");
}

Task<Status> Historian::RepairRanges(Job& job) {
    const model::Interval gap = job.gap.interval;
    const History* history = venue_.history();
    const Duration step = history == nullptr ? Duration(0) : history->RangeStep(job.gap.type);
    if (step.count() == 0) co_return GiveUp(job, gap, gap_reason::kNotOffered);
    while (job.decided_to < gap.to && job.HasPages()) {
        const Nanos to = std::min(gap.to, job.decided_to + step.count());
        const Status repaired = co_await RepairRange(job, {job.decided_to, to});
        if (!repaired.ok()) co_return repaired;
    }
    co_return OkStatus();
}

Task<Status> Historian::RepairRange(Job& job, model::Interval range) {
    const History& history = *venue_.history();
    const auto calls = history.RangeCalls(job.instrument(), job.gap.type, range);
    if (calls.empty()) co_return GiveUp(job, range, gap_reason::kNotOffered);
    job.ends.clear();
    for (const HistoryCall& call : calls) {
        ++job.pages;
        const auto answer = co_await Fetch(call.rest, job.deadline);
        if (!answer.ok()) co_return answer.status();
        const Asked asked{job.instrument(), job.facts, answer->received_ts};
        auto rows = history.ParseRows(job.gap.type, call, TextOf(*answer), asked);
        if (!rows.ok()) co_return rows.status();
        std::erase_if(*rows, [&](const model::Event& event) {
            return !range.Contains(event.order_ts);
        });
        for (const model::Event& event : *rows) job.ends[call.interval].insert(event.order_ts);
        MP_CO_RETURN_IF_ERROR(Publish(job, *rows));
    }
    if (job.gap.type == model::DataType::kKline) co_return RecordBars(job, range, calls);
    // Rates in between are told to who listens, and to nobody later.
    co_return GiveUp(job, range, gap_reason::kSettledOnly);
}

// Repaired but for the instants at which a bar ended that was not given.
Status Historian::RecordBars(
    Job& job, model::Interval range, const std::vector<HistoryCall>& calls
) {
    std::set<Nanos> missing;
    for (const HistoryCall& call : calls) {
        const std::set<Nanos>& given = job.ends[call.interval];
        for (const Nanos end : EndsOfBars(call.interval, range)) {
            if (!given.contains(end)) missing.insert(end);
        }
    }
    Finding repaired;
    repaired.state = model::CoverageState::kRepaired;
    repaired.from = range.from;
    const std::string source = SourceOf(calls.front().rest);
    for (const Nanos end : missing) {
        repaired.to = end;
        if (repaired.to > repaired.from) MP_RETURN_IF_ERROR(Record(job, repaired, source));
        MP_RETURN_IF_ERROR(GiveUp(job, {end, end + 1}, gap_reason::kVenueGap));
        repaired.from = end + 1;
    }
    repaired.to = range.to;
    return repaired.to > repaired.from ? Record(job, repaired, source) : OkStatus();
}

Task<Result<uint64_t>> Historian::Poll(
    Listing listing, model::DataType type, Duration period, Deadline deadline
) {
    uint64_t published = 0;
    const History* history = venue_.history();
    if (history == nullptr) co_return published;
    const model::Instrument& instrument = listing.instrument;
    const InstrumentFacts facts = listing.Facts();
    for (const HistoryCall& call : history->PollCalls(instrument, type)) {
        const auto answer = co_await Fetch(call.rest, deadline);
        if (!answer.ok()) co_return answer.status();
        const Nanos now = answer->received_ts;
        const auto rows = history->ParseRows(type, call, TextOf(*answer), {instrument, facts, now});
        if (!rows.ok()) co_return rows.status();
        const Status put = output_.PutEvents(instrument, *rows);
        if (!put.ok()) co_return put;
        published += rows->size();
        if (rows->empty() || period.count() == 0) continue;
        if (!venue_.StreamsOf(instrument, type).empty()) continue;
        // One reading a period is all there is to have.
        model::CoverageSpan claim;
        claim.interval.from = now - now % period.count();
        claim.interval.to = claim.interval.from + period.count();
        claim.basis = model::CoverageBasis::kConnection;
        claim.state = model::CoverageState::kComplete;
        claim.detected_ts = now;
        claim.source = SourceOf(call.rest);
        const Status claimed = output_.PutClaim(instrument, type, claim);
        if (!claimed.ok()) co_return claimed;
    }
    co_return published;
}

Task<Result<RestAnswer>> Historian::Fetch(RestCall call, Deadline deadline) {
    auto answer = co_await rest_.Get(std::move(call), deadline);
    if (answer.ok()) answer->body.append(kPadding, '\0');
    co_return answer;
}

Status Historian::Publish(Job& job, const std::vector<model::Event>& events) {
    MP_RETURN_IF_ERROR(output_.PutEvents(job.instrument(), events));
    job.outcome.events += events.size();
    return OkStatus();
}

Status Historian::Record(Job& job, const Finding& finding, std::string_view source) {
    model::CoverageSpan claim;
    claim.interval = {finding.from, finding.to};
    claim.from_id = finding.from_id;
    claim.to_id = finding.to_id;
    claim.basis = finding.basis;
    claim.state = finding.state;
    claim.missing = finding.missing;
    claim.detected_ts = DefaultClock().Now();
    claim.source = source;
    if (finding.state == model::CoverageState::kUnrepairable) {
        claim.reason = job.gap.reason.empty() ? "" : job.gap.reason + ": ";
        claim.reason += finding.reason;
        claim.source = kRepairSource;
    }
    MP_RETURN_IF_ERROR(output_.PutClaim(job.instrument(), job.gap.type, claim));
    job.outcome.recorded.push_back(std::move(claim));
    job.decided_to = std::max(job.decided_to, finding.to);
    return OkStatus();
}

Status Historian::GiveUp(Job& job, model::Interval interval, std::string_view why) {
    if (interval.empty()) return OkStatus();
    Finding lost;
    lost.basis = job.gap.basis;
    lost.state = model::CoverageState::kUnrepairable;
    lost.from = interval.from;
    lost.to = interval.to;
    lost.reason = why;
    return Record(job, lost, kRepairSource);
}

}  // namespace mp::collector
