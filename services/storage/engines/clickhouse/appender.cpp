#include "storage/engines/clickhouse/appender.hpp"

#include <algorithm>
#include <utility>

#include "base/big_endian.hpp"
#include "storage/engines/clickhouse/cursor.hpp"
#include "storage/engines/clickhouse/sql.hpp"
#include "storage/engines/clickhouse/text.hpp"
#include "storage/engines/records.hpp"
#include "wire/key_peek.hpp"

namespace mp::storage::clickhouse {
namespace {

// What tells an entry apart inside its series.
std::string_view UniqueOf(const AppendBatch& batch, uint32_t entry) {
    const AppendBatch::Entry& event = batch.entries()[entry];
    return event.by_identity ? batch.IdentityOf(event) : batch.KeyOf(event);
}

}  // namespace

std::string EncodeSeriesRow(const SeriesState& series) {
    return records::EncodeTexts(
        {records::EncodeSeries(series.series),
         records::EncodeCounters({series.events, series.losses_seen, series.trusted_from}),
         series.high_key,
         series.high_identity,
         series.highs_known ? "known" : ""}
    );
}

std::string EncodeDay(const Day& day) {
    std::string value;
    AppendSortable(day.first, value);
    AppendSortable(day.last, value);
    return value;
}

Result<AppendOutcome> Appender::Append(
    const AppendBatch& batch, std::span<const std::string> losses, uint64_t revision
) {
    MP_RETURN_IF_ERROR(Begin(batch));
    AppendOutcome outcome;
    outcome.events.assign(batch.entries().size(), Verdict::kStored);
    outcome.claims.assign(batch.claims().size(), Verdict::kStored);
    RowChanges rows;
    Commit commit(cluster_, placement_, revision);
    for (Touched& touched : touched_) {
        MP_RETURN_IF_ERROR(ResolveLoss(touched, Behind(touched.first_ts), losses, rows));
    }
    ForEachGroup(batch, [&](Touched& touched, Group group) {
        AddGroup(batch, touched, group, outcome, commit);
    });
    MP_RETURN_IF_ERROR(AddClaims(batch, losses, rows, outcome));
    for (const auto& [place, event] : rows) TouchedOf(place.first);

    commit.ChangeCoverage(table_, rows);
    MP_RETURN_IF_ERROR(commit.SendRows());
    Settle();
    PutSeries(commit);
    const Lane& lane = cluster_.lane();
    if (batch.position()) {
        const std::string position = records::EncodePosition(*batch.position());
        commit.PutState(kind::kPosition, lane.Key(""), position);
    }
    // The last word about a note counts.
    std::map<std::string_view, std::string_view> notes;
    for (const Note& note : batch.notes()) notes[note.key] = note.value;
    for (const auto& [key, value] : notes) {
        if (value.empty()) {
            commit.RemoveState(kind::kNote, lane.Key(key));
        } else {
            commit.PutState(kind::kNote, lane.Key(key), std::string(value));
        }
    }
    MP_RETURN_IF_ERROR(commit.Finish());
    Count();
    coverage_.Apply(rows);
    return outcome;
}

// Sorts the entries by series and key, and finds what is stored of them.
Status Appender::Begin(const AppendBatch& batch) {
    for (const Touched& touched : touched_) slot_of_[touched.state->id] = 0;
    touched_.clear();
    in_order_.clear();
    standing_.Clear();
    for (uint32_t entry = 0; entry < batch.entries().size(); ++entry) {
        Touched& touched = TouchedOf(batch.entries()[entry].series);
        if (touched.entries.empty()) {
            touched.first_ts = batch.entries()[entry].order_ts;
            in_order_.push_back(&touched);
        }
        touched.entries.push_back(entry);
    }
    const auto before = [&batch](uint32_t a, uint32_t b) {
        const bool by_identity_a = batch.entries()[a].by_identity;
        const bool by_identity_b = batch.entries()[b].by_identity;
        if (by_identity_a != by_identity_b) return by_identity_b;
        return UniqueOf(batch, a) < UniqueOf(batch, b);
    };
    for (Touched& touched : touched_) {
        MP_RETURN_IF_ERROR(LoadHighs(*touched.state));
        touched.high_key = touched.state->high_key;
        touched.high_identity = touched.state->high_identity;
        // As what is live arrives.
        std::vector<uint32_t>& entries = touched.entries;
        if (std::is_sorted(entries.begin(), entries.end(), before)) continue;
        std::stable_sort(entries.begin(), entries.end(), before);
    }
    std::sort(in_order_.begin(), in_order_.end(), [](const Touched* a, const Touched* b) {
        return InTableOrder(*a->state, *b->state);
    });
    ForEachGroup(batch, [&](Touched& touched, Group group) {
        const std::string_view unique = UniqueOf(batch, group.front());
        if (batch.entries()[group.front()].by_identity) {
            if (unique <= touched.high_identity) standing_.WantIdentity(*touched.state, unique);
        } else if (unique <= touched.high_key) {
            standing_.WantKey(*touched.state, unique);
        }
    });
    return standing_.Load();
}

template <typename Take>
void Appender::ForEachGroup(const AppendBatch& batch, Take take) {
    const auto same = [&batch](uint32_t a, uint32_t b) {
        return batch.entries()[a].by_identity == batch.entries()[b].by_identity &&
               UniqueOf(batch, a) == UniqueOf(batch, b);
    };
    for (Touched* const touched : in_order_) {
        const std::vector<uint32_t>& entries = touched->entries;
        for (size_t begin = 0; begin < entries.size();) {
            size_t end = begin + 1;
            while (end < entries.size() && same(entries[begin], entries[end])) ++end;
            take(*touched, Group(&entries[begin], end - begin));
            begin = end;
        }
    }
}

Appender::Touched& Appender::TouchedOf(SeriesId id) {
    if (id >= slot_of_.size()) slot_of_.resize(id + 64, 0);
    if (slot_of_[id] != 0) return touched_[slot_of_[id] - 1];
    Touched& touched = touched_.emplace_back();
    slot_of_[id] = static_cast<uint32_t>(touched_.size());
    touched.state = table_.At(id);
    touched.losses_seen = touched.state->losses_seen;
    touched.trusted_from = touched.state->trusted_from;
    touched.high_key = touched.state->high_key;
    touched.high_identity = touched.state->high_identity;
    return touched;
}

// Of a series that was changed when a commit broke off.
Status Appender::LoadHighs(SeriesState& state) {
    if (state.highs_known || !state.stored) {
        state.highs_known = true;
        return OkStatus();
    }
    ScanRange newest;
    newest.direction = Direction::kBackward;
    PagedCursor cursor(cluster_, state, newest, ReadFrom::kPrimary);
    state.high_key = cursor.Next() ? std::string(cursor.key()) : "";
    MP_RETURN_IF_ERROR(cursor.status());
    const Shard* const shard = cluster_.Of(state);
    if (shard == nullptr) return absl::InternalError(Concat(state.name, " has rows nowhere"));
    const Result<std::string> answer = shard->primary().Query(Concat(
        "SELECT max(identity) FROM receipts PREWHERE data_type = ",
        static_cast<int>(state.series.data_type),
        " AND ",
        IsInstrument(state.series.instrument),
        " FORMAT Native"
    ));
    if (!answer.ok()) return answer.status();
    BlockReader blocks(*answer);
    const Result<bool> any = blocks.Next();
    if (!any.ok()) return any.status();
    state.high_identity = *any ? std::string(blocks.columns()[0].TakeText()) : "";
    state.highs_known = true;
    return OkStatus();
}

// The first thing that a series says after a loss ends the time about which nothing is sure.
Status Appender::ResolveLoss(
    Touched& touched, Nanos until, std::span<const std::string> losses, RowChanges& rows
) {
    if (touched.losses_seen == losses.size()) return OkStatus();
    const model::Series& series = touched.state->series;
    const SeriesId coverage = table_.Intern({series.instrument, model::DataType::kCoverage}).id;
    MP_RETURN_IF_ERROR(
        ledger_.RecordLoss(coverage, series.data_type, until, losses.back(), clock_.Now(), rows)
    );
    touched.trusted_from = std::max(touched.trusted_from, until);
    touched.losses_seen = static_cast<uint32_t>(losses.size());
    touched.lost_resolved = true;
    return OkStatus();
}

// Entries that claim to be the same event, in order of arrival.
void Appender::AddGroup(
    const AppendBatch& batch, Touched& touched, Group group, AppendOutcome& outcome, Commit& commit
) {
    SeriesState& state = *touched.state;
    const bool by_identity = batch.entries()[group.front()].by_identity;
    const std::string_view unique = UniqueOf(batch, group.front());
    std::string& high = by_identity ? touched.high_identity : touched.high_key;
    if (unique > high) high = unique;

    const StandingEvent* const stored =
        by_identity ? standing_.ByIdentity(state, unique) : standing_.ByKey(state, unique);
    std::optional<Standing> standing;
    if (stored != nullptr) standing = {stored->event, stored->key, stored->received_ts, false};
    JudgeGroup(batch, touched, group, standing, outcome);
    if (!standing->changed) return commit.Confirm(state, standing->key);

    const DayNumber day = DayOf(ReadSortable(standing->key));
    if (stored == nullptr) ++touched.days[day];
    if (stored != nullptr && stored->key != standing->key) {
        commit.RemoveEvent(state, stored->key);
        --touched.days[DayOf(ReadSortable(stored->key))];
        ++touched.days[day];
    }
    if (by_identity) commit.PutReceipt(state, standing->key);
    commit.PutEvent(state, standing->key, standing->event);
}

void Appender::JudgeGroup(
    const AppendBatch& batch,
    Touched& touched,
    std::span<const uint32_t> group,
    std::optional<Standing>& standing,
    AppendOutcome& outcome
) {
    for (const uint32_t entry : group) {
        const Verdict verdict = Judge(batch, entry, standing);
        outcome.events[entry] = verdict;
        if (verdict == Verdict::kConflict) ++touched.conflicts;
        if (verdict == Verdict::kDuplicate) ++touched.duplicates;
    }
}

Status Appender::AddClaims(
    const AppendBatch& batch,
    std::span<const std::string> losses,
    RowChanges& rows,
    AppendOutcome& outcome
) {
    for (size_t i = 0; i < batch.claims().size(); ++i) {
        const AppendBatch::Claim& claim = batch.claims()[i];
        Touched& subject = TouchedOf(claim.subject);
        if (claim.coverage.state == model::CoverageState::kComplete) {
            MP_RETURN_IF_ERROR(ResolveLoss(subject, claim.coverage.to_ts, losses, rows));
        }
        const Result<bool> news = ledger_.Add(claim, subject.trusted_from, rows);
        if (!news.ok()) return news.status();
        if (!*news) outcome.claims[i] = Verdict::kDuplicate;
        Touched& coverage = TouchedOf(claim.series);
        ++(*news ? coverage.news : coverage.known_claims);
    }
    return OkStatus();
}

// What is known in memory becomes what will be committed; a commit that fails is read back.
void Appender::Settle() {
    for (Touched& touched : touched_) {
        SeriesState& state = *touched.state;
        int64_t events = 0;
        for (const auto& [day, more] : touched.days) {
            state.days.Add(day, more);
            events += more;
        }
        state.events += static_cast<uint64_t>(events);
        state.losses_seen = touched.losses_seen;
        state.trusted_from = touched.trusted_from;
        state.high_key = std::move(touched.high_key);
        state.high_identity = std::move(touched.high_identity);
    }
}

// Only what is committed counts.
void Appender::Count() {
    for (const Touched& touched : touched_) {
        int64_t events = 0;
        for (const auto& [day, more] : touched.days) events += more;
        touched.state->appended += static_cast<uint64_t>(events) + touched.news;
        touched.state->known_claims += touched.known_claims;
        touched.state->duplicates += touched.duplicates;
        touched.state->conflicts += touched.conflicts;
    }
}

void Appender::PutSeries(Commit& commit) {
    for (const Touched& touched : touched_) {
        SeriesState& state = *touched.state;
        if (state.stored && touched.days.empty() && !touched.lost_resolved) continue;
        commit.PutState(kind::kSeries, state.name, EncodeSeriesRow(state), state.events);
        state.stored = true;
        for (const auto& [day, more] : touched.days) {
            const Day known = state.days.Find(day).value_or(Day{});
            commit.PutState(kind::kDay, DayKey(state, day), EncodeDay(known), known.events);
        }
    }
}

}  // namespace mp::storage::clickhouse
