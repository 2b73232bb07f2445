#include "storage/engines/coverage_ledger.hpp"

#include <algorithm>
#include <limits>

#include "model/identity.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {
namespace {

// Sources come and go with connections: beyond this many an instrument's least recent are
// forgotten.
constexpr size_t kMaxHeads = 128;

model::Event EventOf(model::DataType type, const model::CoverageSpan& span, Nanos received_ts) {
    model::Coverage coverage;
    coverage.data_type = type;
    coverage.basis = span.basis;
    coverage.state = span.state;
    coverage.from_ts = span.interval.from;
    coverage.to_ts = span.interval.to;
    coverage.from_id = span.from_id;
    coverage.to_id = span.to_id;
    coverage.reason = span.reason;
    coverage.missing = span.missing;
    coverage.detected_ts = span.detected_ts;
    coverage.source = span.source;
    model::Event event;
    event.order_ts = coverage.from_ts;
    event.received_ts = received_ts;
    event.body = coverage;
    return event;
}

model::CoverageSpan SpanOf(const model::Coverage& coverage) {
    model::CoverageSpan span;
    span.interval = {coverage.from_ts, coverage.to_ts};
    span.from_id = coverage.from_id;
    span.to_id = coverage.to_id;
    span.basis = coverage.basis;
    span.state = coverage.state;
    span.reason = coverage.reason;
    span.missing = coverage.missing;
    span.detected_ts = coverage.detected_ts;
    span.source = coverage.source;
    return span;
}

// `claim`, cut to `part`; ids hold only where an end is untouched.
model::CoverageSpan Cut(const model::CoverageSpan& claim, model::Interval part) {
    model::CoverageSpan span = claim;
    if (part.from != claim.interval.from) span.from_id.reset();
    if (part.to != claim.interval.to) span.to_id.reset();
    span.interval = part;
    return span;
}

// Lengthens `span` by a touching one of the same group.
void Join(model::CoverageSpan& span, const model::CoverageSpan& other) {
    if (other.interval.from < span.interval.from) {
        span.interval.from = other.interval.from;
        span.from_id = other.from_id;
    }
    if (other.interval.to > span.interval.to) {
        span.interval.to = other.interval.to;
        span.to_id = other.to_id;
    }
    span.detected_ts = std::max(span.detected_ts, other.detected_ts);
    if (span.reason.empty()) span.reason = other.reason;
}

bool Touch(model::Interval a, model::Interval b) {
    return a.from <= b.to && b.from <= a.to;
}
bool Contains(model::Interval outer, model::Interval inner) {
    return outer.from <= inner.from && inner.to <= outer.to;
}

}  // namespace

Result<bool> CoverageLedger::Add(
    const AppendBatch::Claim& claim, Nanos trusted_from, RowChanges& changes
) {
    const Row row{claim.coverage.data_type, SpanOf(claim.coverage), claim.received_ts};
    if (row.span.interval.empty()) return false;
    if (!Positive(row.span.state)) return AddRecord(claim.series, row, changes);
    Result<Instrument*> instrument = Load(claim.series);
    if (!instrument.ok()) return instrument.status();
    const model::Interval trusted{trusted_from, std::numeric_limits<Nanos>::max()};
    if (row.span.state == model::CoverageState::kComplete) {
        return AddComplete(claim.series, **instrument, row, trusted, changes);
    }
    return AddPiece(claim.series, **instrument, row, changes);
}

Result<bool> CoverageLedger::AddComplete(
    SeriesId series,
    Instrument& instrument,
    const Row& claim,
    model::Interval trusted,
    RowChanges& changes
) {
    const model::Interval part = model::Intersect(claim.span.interval, trusted);
    if (part.empty()) return false;
    const auto withdrawn = instrument.withdrawn.find(claim.type);
    if (withdrawn == instrument.withdrawn.end()) {
        return AddPiece(
            series, instrument, {claim.type, Cut(claim.span, part), claim.received_ts}, changes
        );
    }
    bool news = false;
    for (const model::Interval& piece : withdrawn->second.Gaps(part)) {
        const Result<bool> added = AddPiece(
            series, instrument, {claim.type, Cut(claim.span, piece), claim.received_ts}, changes
        );
        if (!added.ok()) return added;
        news = news || *added;
    }
    return news;
}

Result<bool> CoverageLedger::AddPiece(
    SeriesId series, Instrument& instrument, Row piece, RowChanges& changes
) {
    const auto found = instrument.heads.find(GroupOf(piece));
    if (found != instrument.heads.end()) {
        Row& head = found->second.row;
        found->second.touched = ++instrument.touches;
        if (Contains(head.span.interval, piece.span.interval)) return false;
        if (Touch(head.span.interval, piece.span.interval)) {
            if (piece.span.interval.from < head.span.interval.from) {
                changes[{series, KeyOf(head)}] = std::nullopt;
            }
            Join(head.span, piece.span);
            return PutLonger(series, head, changes);
        }
    }
    const Result<bool> news = PutLonger(series, piece, changes);
    if (news.ok()) Remember(instrument, piece);
    return news;
}

// A row under the same key may reach further than this one: an older claim that came again.
Result<bool> CoverageLedger::PutLonger(SeriesId series, Row& row, RowChanges& changes) {
    std::string key = KeyOf(row);
    const Result<std::optional<Row>> stored = Find(series, key, changes);
    if (!stored.ok()) return stored.status();
    if (stored->has_value()) {
        if (Contains((*stored)->span.interval, row.span.interval)) {
            row = **stored;
            return false;
        }
        Join(row.span, (*stored)->span);
    }
    changes[{series, std::move(key)}] = Encode(row);
    return true;
}

// Gaps are kept as they were recorded; of a record that grows the latest counts.
Result<bool> CoverageLedger::AddRecord(SeriesId series, const Row& record, RowChanges& changes) {
    std::string key = KeyOf(record);
    const Result<std::optional<Row>> stored = Find(series, key, changes);
    if (!stored.ok()) return stored.status();
    if (stored->has_value() &&
        ((*stored)->span == record.span || (*stored)->span.detected_ts > record.span.detected_ts)) {
        return false;
    }
    changes[{series, std::move(key)}] = Encode(record);
    return true;
}

Status CoverageLedger::Withdraw(
    SeriesId series,
    model::DataType type,
    model::Interval interval,
    std::string_view reason,
    Nanos detected,
    RowChanges& changes
) {
    if (interval.empty()) return OkStatus();
    Result<std::vector<Row>> rows = AllRows(series, changes);
    if (!rows.ok()) return rows.status();

    Row record{type, {}, detected};
    record.span.interval = interval;
    record.span.state = model::CoverageState::kUnrepairable;
    record.span.reason = reason;
    record.span.detected_ts = detected;
    record.span.source = kSource;
    for (const Row& row : *rows) {
        if (row.type != type || !Touch(row.span.interval, record.span.interval)) continue;
        if (Positive(row.span.state)) {
            const model::Interval before{row.span.interval.from, interval.from};
            const model::Interval behind{interval.to, row.span.interval.to};
            if (model::Intersect(row.span.interval, interval).empty()) continue;
            changes[{series, KeyOf(row)}] = std::nullopt;
            for (const model::Interval& rest : {before, behind}) {
                if (rest.empty()) continue;
                const Row kept{type, Cut(row.span, rest), row.received_ts};
                changes[{series, KeyOf(kept)}] = Encode(kept);
            }
        } else if (GroupOf(row) == GroupOf(record) && row.span.reason == reason) {
            changes[{series, KeyOf(row)}] = std::nullopt;
            Join(record.span, row.span);
        }
    }
    changes[{series, KeyOf(record)}] = Encode(record);
    instruments_.erase(series);
    return OkStatus();
}

Status CoverageLedger::RecordLoss(
    SeriesId series,
    model::DataType type,
    Nanos until,
    std::string_view reason,
    Nanos detected,
    RowChanges& changes
) {
    const Result<std::optional<model::Interval>> claimed = Claimed(series, type);
    if (!claimed.ok()) return claimed.status();
    // Without a claim everything before is a gap as it is.
    if (!claimed->has_value() || (*claimed)->to >= until) return OkStatus();
    Row record{type, {}, detected};
    record.span.interval = {(*claimed)->to, until};
    record.span.state = model::CoverageState::kOpen;
    record.span.reason = reason;
    record.span.detected_ts = detected;
    record.span.source = kSource;
    return AddRecord(series, record, changes).status();
}

Result<std::optional<model::Interval>> CoverageLedger::Claimed(
    SeriesId series, model::DataType type
) const {
    const Result<std::vector<Row>> rows = AllRows(series, {});
    if (!rows.ok()) return rows.status();
    std::optional<model::Interval> claimed;
    for (const Row& row : *rows) {
        if (row.type != type || !Positive(row.span.state)) continue;
        if (!claimed) claimed = row.span.interval;
        claimed->from = std::min(claimed->from, row.span.interval.from);
        claimed->to = std::max(claimed->to, row.span.interval.to);
    }
    return claimed;
}

Result<CoverageLedger::Instrument*> CoverageLedger::Load(SeriesId series) {
    const auto [entry, fresh] = instruments_.try_emplace(series);
    if (!fresh) return &entry->second;
    // Changes not committed yet are known to be of other instruments, or of one just forgotten by
    // Withdraw, which ends its commit.
    const Result<std::vector<Row>> rows = AllRows(series, {});
    if (!rows.ok()) {
        instruments_.erase(entry);
        return rows.status();
    }
    for (const Row& row : *rows) {
        if (Positive(row.span.state)) {
            Remember(entry->second, row);
        } else if (row.span.state == model::CoverageState::kUnrepairable && row.span.source == kSource) {
            entry->second.withdrawn[row.type].Add(row.span.interval);
        }
    }
    return &entry->second;
}

void CoverageLedger::Remember(Instrument& instrument, const Row& row) {
    const auto [entry, fresh] = instrument.heads.try_emplace(GroupOf(row));
    Head& head = entry->second;
    head.touched = ++instrument.touches;
    if (fresh || row.span.interval.to > head.row.span.interval.to) head.row = row;
    if (instrument.heads.size() <= kMaxHeads) return;
    const auto oldest = std::min_element(
        instrument.heads.begin(),
        instrument.heads.end(),
        [](const auto& a, const auto& b) { return a.second.touched < b.second.touched; }
    );
    instrument.heads.erase(oldest);
}

Result<std::optional<CoverageLedger::Row>> CoverageLedger::Find(
    SeriesId series, const std::string& key, const RowChanges& changes
) const {
    std::optional<std::string> event;
    if (const auto changed = changes.find({series, key}); changed != changes.end()) {
        event = changed->second;
    } else {
        Result<std::optional<std::string>> stored = rows_.Get(series, key);
        if (!stored.ok()) return stored.status();
        event = *std::move(stored);
    }
    if (!event) return std::optional<Row>();
    Result<Row> row = Decode(*event);
    if (!row.ok()) return row.status();
    return std::optional<Row>(*std::move(row));
}

Result<std::vector<CoverageLedger::Row>> CoverageLedger::AllRows(
    SeriesId series, const RowChanges& changes
) const {
    const Result<std::vector<std::string>> events = rows_.All(series);
    if (!events.ok()) return events.status();
    std::vector<Row> rows;
    for (const std::string& event : *events) {
        Result<Row> row = Decode(event);
        if (!row.ok()) return row.status();
        if (!changes.contains({series, KeyOf(*row)})) rows.push_back(*std::move(row));
    }
    for (auto change = changes.lower_bound({series, ""});
         change != changes.end() && change->first.first == series;
         ++change) {
        if (!change->second) continue;
        Result<Row> row = Decode(*change->second);
        if (!row.ok()) return row.status();
        rows.push_back(*std::move(row));
    }
    return rows;
}

bool CoverageLedger::Positive(model::CoverageState state) {
    return state == model::CoverageState::kComplete || state == model::CoverageState::kRepaired;
}

CoverageLedger::Group CoverageLedger::GroupOf(const Row& row) {
    return {row.type, row.span.basis, row.span.state, row.span.source};
}

std::string CoverageLedger::KeyOf(const Row& row) {
    std::string key;
    model::AppendKey(EventOf(row.type, row.span, row.received_ts), key);
    return key;
}

std::string CoverageLedger::Encode(const Row& row) {
    std::string event;
    wire::AppendEvent(EventOf(row.type, row.span, row.received_ts), event);
    return event;
}

Result<CoverageLedger::Row> CoverageLedger::Decode(std::string_view event) {
    wire::EventDecoder decoder;
    model::Event decoded;
    if (const Status status = decoder.Decode(event, decoded); !status.ok()) {
        return absl::DataLossError("coverage row: " + std::string(status.message()));
    }
    const auto* coverage = std::get_if<model::Coverage>(&decoded.body);
    if (coverage == nullptr) return absl::DataLossError("a coverage series holds another event");
    return Row{coverage->data_type, SpanOf(*coverage), decoded.received_ts};
}

}  // namespace mp::storage
