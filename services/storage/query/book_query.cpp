#include "storage/query/book_query.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/big_endian.hpp"
#include "wire/convert.hpp"

namespace mp::storage {
namespace {

constexpr size_t kDeltasPerStep = 10'000;
// A snapshot's key: order_ts 8, sequence 8, origin 1, epoch 8, last_update_id 8, part 4.
constexpr size_t kPartOffset = AppendBatch::kIdentityOffset + 17;

Status Damaged(std::string_view what) {
    return absl::DataLossError("a stored " + std::string(what) + " does not parse");
}

}  // namespace

Result<std::unique_ptr<BookQuery>> BookQuery::Make(
    QueryContext context, const pb::GetOrderBookRequest& request
) {
    Result<model::Instrument> instrument = wire::FromProto(request.instrument());
    if (!instrument.ok()) return Annotate(instrument.status(), "instrument");
    MP_RETURN_IF_ERROR(CheckKnown(context.engine, *instrument));
    std::optional<Nanos> at;
    if (request.has_at()) at = request.at();
    Result<Claims> claims = LoadClaims(context, {*instrument, model::DataType::kBookDelta});
    if (!claims.ok()) return claims.status();
    return std::unique_ptr<BookQuery>(new BookQuery(
        std::move(context), *std::move(instrument), *std::move(claims), at, request.depth()
    ));
}

// The instant itself is included.
model::Interval BookQuery::UpTo(Nanos from) const {
    const Nanos at = asked_at_.value_or(kAllTime.to);
    return {from, at == kAllTime.to ? at : at + 1};
}

Result<bool> BookQuery::Step() {
    if (base_.empty()) {
        const auto snapshots = context_.engine.Find({instrument_, model::DataType::kBookSnapshot});
        if (snapshots) MP_RETURN_IF_ERROR(FindBase(*snapshots));
        if (base_.empty()) {
            return absl::NotFoundError(
                "no book snapshot of " + model::InstrumentKey(instrument_) +
                " at or before that time"
            );
        }
        MP_RETURN_IF_ERROR(LoadBase(*snapshots));
    }
    const auto deltas = context_.engine.Find({instrument_, model::DataType::kBookDelta});
    if (!deltas) return true;
    const Result<bool> done = ApplyDeltas(*deltas);
    if (done.ok() && *done) changes_.ApplyTo(book_);
    return done;
}

// Backwards to the first snapshot of which all parts are there.
Status BookQuery::FindBase(SeriesId snapshots) {
    ScanRange range;
    range.time = UpTo(kAllTime.from);
    range.direction = Direction::kBackward;
    const auto rows = context_.engine.Scan(snapshots, range);
    if (!rows.ok()) return rows.status();
    std::string candidate;
    uint32_t wanted_part = 0;
    while ((*rows)->Next()) {
        const std::string_view key = (*rows)->key();
        if (key.size() < kPartOffset + 4) return Damaged("snapshot key");
        const std::string_view parts_of = key.substr(0, kPartOffset);
        const uint32_t part = ReadBigEndian32(key.substr(kPartOffset));
        if (parts_of != candidate) {
            model::Event event;
            if (!decoder_.Decode((*rows)->event(), event).ok()) return Damaged("snapshot");
            const auto* snapshot = std::get_if<model::BookSnapshot>(&event.body);
            if (snapshot == nullptr) return Damaged("snapshot");
            candidate = parts_of;
            wanted_part = std::max(snapshot->parts, 1u) - 1;
        }
        if (part != wanted_part) {
            wanted_part = std::numeric_limits<uint32_t>::max();  // one is missing
            continue;
        }
        if (part == 0) {
            base_ = std::move(candidate);
            base_ts_ = ReadSortable(base_);
            return OkStatus();
        }
        --wanted_part;
    }
    return (*rows)->status();
}

Status BookQuery::LoadBase(SeriesId snapshots) {
    ScanRange range;
    range.time.from = base_ts_;
    range.time.to = base_ts_ + 1;
    const auto rows = context_.engine.Scan(snapshots, range);
    if (!rows.ok()) return rows.status();
    while ((*rows)->Next()) {
        if (!(*rows)->key().starts_with(base_)) continue;
        model::Event event;
        if (!decoder_.Decode((*rows)->event(), event).ok()) return Damaged("snapshot");
        const auto& snapshot = std::get<model::BookSnapshot>(event.body);
        if (snapshot.part == 0) {
            book_.Reset(snapshot);
            last_id_ = snapshot.last_update_id;
            epoch_ = snapshot.epoch;
        } else {
            book_.Apply(snapshot.bids, snapshot.asks);
        }
    }
    ts_ = base_ts_;
    return (*rows)->status();
}

Result<bool> BookQuery::ApplyDeltas(SeriesId deltas) {
    ScanRange range;
    range.time = UpTo(base_ts_);
    range.after = after_;
    const auto rows = context_.engine.Scan(deltas, range);
    if (!rows.ok()) return rows.status();
    for (size_t looked_at = 0; (*rows)->Next(); ++looked_at) {
        if (looked_at == kDeltasPerStep) return false;
        after_ = (*rows)->key();
        model::Event event;
        if (!decoder_.Decode((*rows)->event(), event).ok()) return Damaged("book delta");
        const auto* delta = std::get_if<model::BookDelta>(&event.body);
        if (delta == nullptr) return Damaged("book delta");
        if (AlreadyIn(*delta, event.order_ts)) continue;
        if (!Continues(*delta)) {
            broken_at_ = event.order_ts;
            return true;
        }
        Apply(*delta, event.order_ts);
    }
    MP_RETURN_IF_ERROR((*rows)->status());
    return true;
}

bool BookQuery::AlreadyIn(const model::BookDelta& delta, Nanos order_ts) const {
    if (delta.epoch != epoch_) return delta.epoch < epoch_;
    if (delta.last_update_id == 0 && last_id_ == 0) return order_ts <= base_ts_;  // no ids at all
    // The venue numbers anew: the first new number is small, and names the one that it follows.
    const bool anew = delta.previous_update_id && delta.last_update_id < *delta.previous_update_id;
    if (anew && *delta.previous_update_id == last_id_) return false;
    return delta.last_update_id <= last_id_;
}

bool BookQuery::Continues(const model::BookDelta& delta) const {
    if (delta.part != next_part_) return false;
    // A venue that numbers anew may still say which update its first new number follows.
    if (delta.epoch != epoch_) return delta.parts <= 1 && delta.previous_update_id == last_id_;
    if (delta.previous_update_id) return *delta.previous_update_id <= last_id_;
    return delta.first_update_id <= last_id_ + 1;
}

void BookQuery::Apply(const model::BookDelta& delta, Nanos order_ts) {
    changes_.Add(delta);
    ts_ = order_ts;
    ++applied_;
    epoch_ = delta.epoch;
    next_part_ = delta.part + 1 < delta.parts ? delta.part + 1 : 0;
    if (next_part_ == 0) last_id_ = delta.last_update_id;
}

Result<pb::GetOrderBookResponse> BookQuery::Answer() const {
    pb::GetOrderBookResponse answer;
    wire::ToProto(instrument_, *answer.mutable_instrument());
    answer.set_ts(ts_);
    answer.set_last_update_id(last_id_);
    answer.set_epoch(epoch_);
    answer.set_updates_applied(applied_);
    std::vector<model::Level> bids, asks;
    book_.Top(depth_, bids, asks);
    wire::ToProto(bids, *answer.mutable_bids());
    wire::ToProto(asks, *answer.mutable_asks());
    if (book_.known_bid_to()) wire::ToProto(*book_.known_bid_to(), *answer.mutable_known_bid_to());
    if (book_.known_ask_to()) wire::ToProto(*book_.known_ask_to(), *answer.mutable_known_ask_to());

    AnsweredInterval answered;
    answered.start = base_ts_ + 1;  // a snapshot stands for the updates of its own instant
    answered.end = asked_at_;
    answered.rows = {true, base_ts_, ts_, ts_};
    pb::CoverageReport report =
        ReportCoverage(claims_, {instrument_, model::DataType::kBookDelta}, answered);
    if (broken_at_ && report.complete()) {
        report.set_complete(false);
        pb::Gap& gap = *report.add_gaps();
        gap.set_from_ts(ts_);
        gap.set_to_ts(*broken_at_);
        gap.set_state(pb::COVERAGE_STATE_OPEN);
        gap.set_reason("sequence_gap");
    }
    *answer.mutable_coverage() = std::move(report);
    return answer;
}

}  // namespace mp::storage
