#include "storage/engines/rocksdb/appender.hpp"

#include <algorithm>
#include <limits>
#include <memory>

#include "storage/engines/records.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/status.hpp"
#include "wire/key_peek.hpp"

namespace mp::storage {
namespace {

std::string_view View(const rocksdb::Slice& slice) {
    return {slice.data(), slice.size()};
}

rocksdb::Slice Slice(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}

// What tells an entry apart inside its series.
std::string_view UniqueOf(const AppendBatch& batch, uint32_t entry) {
    const AppendBatch::Entry& event = batch.entries()[entry];
    return event.by_identity ? batch.IdentityOf(event) : batch.KeyOf(event);
}

}  // namespace

Result<AppendOutcome> Appender::Append(
    const AppendBatch& batch, std::span<const std::string> losses
) {
    Begin(batch);
    AppendOutcome outcome;
    outcome.events.assign(batch.entries().size(), Verdict::kStored);
    outcome.claims.assign(batch.claims().size(), Verdict::kStored);
    RowChanges rows;
    for (size_t slot = 0; slot < touched_count_; ++slot) {
        Touched& touched = touched_[slot];
        const Nanos first = batch.entries()[touched.entries.front()].order_ts;
        MP_RETURN_IF_ERROR(ResolveLoss(touched, Behind(first), losses, rows));
        MP_RETURN_IF_ERROR(AddEvents(batch, touched, outcome));
    }
    const Status claimed = AddClaims(batch, losses, rows, outcome);
    if (!claimed.ok()) {
        ledger_.Forget();
        return claimed;
    }
    PutRows(rows);
    PutSeries();
    if (batch.position()) {
        writes_.Put(layout::MetaKey("position"), records::EncodePosition(*batch.position()));
    }
    for (const Note& note : batch.notes()) {
        if (note.value.empty()) {
            writes_.Delete(layout::NoteKey(note.key));
        } else {
            writes_.Put(layout::NoteKey(note.key), note.value);
        }
    }
    if (const Status committed = Commit(); !committed.ok()) {
        ledger_.Forget();  // it is ahead of the store now
        return committed;
    }
    Settle();
    return outcome;
}

void Appender::Begin(const AppendBatch& batch) {
    writes_.Clear();
    for (size_t slot = 0; slot < touched_count_; ++slot) slot_of_[touched_[slot].state->id] = 0;
    touched_count_ = 0;
    for (uint32_t entry = 0; entry < batch.entries().size(); ++entry) {
        TouchedOf(batch.entries()[entry].series).entries.push_back(entry);
    }
}

Appender::Touched& Appender::TouchedOf(SeriesId id) {
    if (id >= slot_of_.size()) slot_of_.resize(id + 64, 0);
    if (slot_of_[id] != 0) return touched_[slot_of_[id] - 1];
    if (touched_count_ == touched_.size()) touched_.emplace_back();
    Touched& touched = touched_[touched_count_++];
    slot_of_[id] = static_cast<uint32_t>(touched_count_);
    touched.state = table_.At(id);
    touched.entries.clear();
    touched.duplicates = 0;
    touched.conflicts = 0;
    touched.news = 0;
    touched.known_claims = 0;
    touched.next = {touched.state->events, touched.state->losses_seen, touched.state->trusted_from};
    return touched;
}

// The first thing that a series says after a loss ends the time about which nothing is sure.
Status Appender::ResolveLoss(
    Touched& touched, Nanos until, std::span<const std::string> losses, RowChanges& rows
) {
    if (touched.next.losses_seen == losses.size()) return OkStatus();
    const model::Series& series = touched.state->series;
    const SeriesId coverage = table_.Intern({series.instrument, model::DataType::kCoverage}).id;
    MP_RETURN_IF_ERROR(
        ledger_.RecordLoss(coverage, series.data_type, until, losses.back(), clock_.Now(), rows)
    );
    touched.next.trusted_from = std::max(touched.next.trusted_from, until);
    touched.next.losses_seen = static_cast<uint32_t>(losses.size());
    return OkStatus();
}

Status Appender::AddEvents(const AppendBatch& batch, Touched& touched, AppendOutcome& outcome) {
    MP_RETURN_IF_ERROR(LoadHighs(*touched.state));
    std::vector<uint32_t>& entries = touched.entries;
    const auto before = [&batch](uint32_t a, uint32_t b) {
        const bool by_identity_a = batch.entries()[a].by_identity;
        const bool by_identity_b = batch.entries()[b].by_identity;
        if (by_identity_a != by_identity_b) return by_identity_b;
        return UniqueOf(batch, a) < UniqueOf(batch, b);
    };
    if (!std::is_sorted(entries.begin(), entries.end(), before)) {
        std::stable_sort(entries.begin(), entries.end(), before);
    }
    for (size_t begin = 0; begin < entries.size();) {
        size_t end = begin + 1;
        while (end < entries.size() && !before(entries[begin], entries[end])) ++end;
        const std::span<const uint32_t> group(&entries[begin], end - begin);
        MP_RETURN_IF_ERROR(AddGroup(batch, touched, group, outcome));
        begin = end;
    }
    return OkStatus();
}

// Entries that claim to be the same event, in order of arrival.
Status Appender::AddGroup(
    const AppendBatch& batch,
    Touched& touched,
    std::span<const uint32_t> group,
    AppendOutcome& outcome
) {
    SeriesState& state = *touched.state;
    const bool by_identity = batch.entries()[group.front()].by_identity;
    const std::string_view unique = UniqueOf(batch, group.front());
    std::string& high = by_identity ? state.high_identity : state.high_key;

    std::optional<Standing> standing;
    if (unique > high) {
        high = unique;
    } else {
        MP_RETURN_IF_ERROR(FindStanding(state, by_identity, unique, standing));
    }
    const bool found = standing.has_value();
    JudgeGroup(batch, touched, group, standing, outcome);
    if (!standing || !standing->changed) return OkStatus();

    if (!found) ++touched.next.events;
    const bool trade = state.series.data_type == model::DataType::kTrade;
    if (trade) MP_RETURN_IF_ERROR(blocks_.Unpack(state, standing->key));
    layout::EventKey(state.id, standing->key, key_);
    if (by_identity) {
        if (found && stored_key_ != standing->key) {
            if (trade) MP_RETURN_IF_ERROR(blocks_.Unpack(state, stored_key_));
            layout::EventKey(state.id, stored_key_, old_key_);
            writes_.Delete(old_key_);
        }
        layout::IdentityKey(state.id, unique, identity_);
        writes_.Put(identity_, Slice(standing->key.substr(0, AppendBatch::kIdentityOffset)));
    }
    writes_.Put(key_, Slice(standing->event));
    return OkStatus();
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

// Reads what the store has under this key (or, found by identity, under this identity).
Status Appender::FindStanding(
    SeriesState& state, bool by_identity, std::string_view unique, std::optional<Standing>& standing
) {
    if (by_identity) {
        layout::IdentityKey(state.id, unique, identity_);
        const rocksdb::Status found = db_.Get({}, identity_, &stored_key_);
        if (found.IsNotFound()) return OkStatus();
        if (!found.ok()) return FromRocks(found, "reading an identity");
        stored_key_ += unique;
    } else {
        stored_key_ = unique;
    }
    const Result<bool> read = ReadEvent(state, by_identity);
    if (!read.ok()) return read.status();
    if (!*read) return OkStatus();
    wire::EventKey peeked;
    std::string ignored;
    if (!wire::PeekKey(stored_, state.series.data_type, peeked, ignored).ok()) {
        return absl::DataLossError("a stored event does not parse");
    }
    standing = {stored_, stored_key_, peeked.received_ts, false};
    return OkStatus();
}

// The event under stored_key_, into stored_; false where there is none.
Result<bool> Appender::ReadEvent(SeriesState& state, bool by_identity) {
    if (state.series.data_type == model::DataType::kTrade) {
        const auto packed = blocks_.Find(state, stored_key_);
        if (!packed.ok()) return packed.status();
        if (*packed) {
            stored_ = **packed;
            return true;
        }
    }
    layout::EventKey(state.id, stored_key_, key_);
    const rocksdb::Status found = db_.Get({}, key_, &stored_);
    if (found.IsNotFound() && !by_identity) return false;
    if (!found.ok()) return FromRocks(found, "reading an event");
    return true;
}

Status Appender::LoadHighs(SeriesState& state) {
    if (state.highs_known) return OkStatus();
    std::string blocks_end;
    if (state.series.data_type == model::DataType::kTrade) {
        const Result<std::string_view> end = blocks_.EndOf(state);
        if (!end.ok()) return end.status();
        blocks_end = *end;
    }
    const Result<std::string> key = LastKey(state.id, blocks_end);
    if (!key.ok()) return key.status();
    const Result<std::string> identity = LastKey(state.id | layout::kIdentityBit, "");
    if (!identity.ok()) return identity.status();
    state.high_key = std::max(*key, blocks_end);
    state.high_identity = *identity;
    state.highs_known = true;
    return OkStatus();
}

// The last key at or behind `from`; empty where there is none.
Result<std::string> Appender::LastKey(SeriesId prefix, std::string_view from) const {
    std::string lower, upper;
    layout::EventKey(prefix, from, lower);
    layout::EventKey(prefix + 1, "", upper);
    const rocksdb::Slice lower_bound = lower;
    const rocksdb::Slice upper_bound = upper;
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &lower_bound;
    options.iterate_upper_bound = &upper_bound;
    const std::unique_ptr<rocksdb::Iterator> rows(db_.NewIterator(options));
    rows->SeekToLast();
    MP_RETURN_IF_ERROR(FromRocks(rows->status(), "reading"));
    if (!rows->Valid()) return std::string();
    return std::string(View(rows->key()).substr(layout::kIdSize));
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
        const Result<bool> news = ledger_.Add(claim, subject.next.trusted_from, rows);
        if (!news.ok()) return news.status();
        if (!*news) outcome.claims[i] = Verdict::kDuplicate;
        Touched& coverage = TouchedOf(claim.series);
        ++(*news ? coverage.news : coverage.known_claims);
    }
    return OkStatus();
}

void Appender::PutRows(const RowChanges& rows) {
    for (const auto& [place, event] : rows) {
        layout::EventKey(place.first, place.second, key_);
        TouchedOf(place.first);
        if (event) {
            writes_.Put(key_, *event);
        } else {
            writes_.Delete(key_);
        }
    }
}

void Appender::PutSeries() {
    for (size_t slot = 0; slot < touched_count_; ++slot) {
        const Touched& touched = touched_[slot];
        const SeriesState& state = *touched.state;
        if (!state.in_dictionary) {
            writes_.Put(
                layout::SeriesKey(layout::Kind::kDictionary, state.id),
                records::EncodeSeries(state.series)
            );
        }
        const bool same = touched.next.events == state.events &&
                          touched.next.losses_seen == state.losses_seen &&
                          touched.next.trusted_from == state.trusted_from;
        if (same && state.in_dictionary) continue;
        writes_.Put(
            layout::SeriesKey(layout::Kind::kCounters, state.id),
            records::EncodeCounters(touched.next)
        );
    }
}

Status Appender::Commit() {
    if (writes_.Count() == 0) return OkStatus();
    rocksdb::WriteOptions options;
    options.sync = true;
    return FromRocks(db_.Write(options, &writes_), "committing");
}

// What is known in memory catches up with what is committed.
void Appender::Settle() {
    for (size_t slot = 0; slot < touched_count_; ++slot) {
        const Touched& touched = touched_[slot];
        SeriesState& state = *touched.state;
        state.in_dictionary = true;
        state.appended += touched.next.events - state.events + touched.news;
        state.known_claims += touched.known_claims;
        state.events = touched.next.events;
        state.losses_seen = touched.next.losses_seen;
        state.trusted_from = touched.next.trusted_from;
        state.duplicates += touched.duplicates;
        state.conflicts += touched.conflicts;
    }
}

}  // namespace mp::storage
