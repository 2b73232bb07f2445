#include "storage/engines/clickhouse/placement.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "registry/rendezvous.hpp"
#include "storage/engines/clickhouse/text.hpp"
#include "storage/engines/records.hpp"

namespace mp::storage::clickhouse {

namespace {

// By step.
constexpr std::array<std::string_view, 3> kSteps{"copying", "copied", "dropping"};

}  // namespace

void Placement::Forget() {
    pins_.clear();
    moves_.clear();
}

std::optional<int> Placement::Named(std::string_view shard) const {
    const auto found = std::find(shards_.begin(), shards_.end(), shard);
    if (found == shards_.end()) return std::nullopt;
    return static_cast<int>(found - shards_.begin());
}

Result<int> Placement::Configured(const std::string& instrument, std::string_view shard) const {
    const std::optional<int> number = Named(shard);
    if (number) return *number;
    return absl::FailedPreconditionError(
        Concat(instrument, " is stored on the shard ", shard, ", which is not in clickhouse.shards")
    );
}

Status Placement::Take(const StateRow& row) {
    const Result<int> shard = Configured(row.key, row.value);
    if (!shard.ok()) return shard.status();
    pins_[row.key] = *shard;
    return OkStatus();
}

Status Placement::TakeMove(const StateRow& row) {
    const Result<std::vector<std::string>> texts = records::DecodeTexts(row.value);
    if (!texts.ok()) return texts.status();
    if (texts->size() != 3) return absl::DataLossError("a move does not parse");
    const Result<int> from = Configured(row.key, (*texts)[0]);
    if (!from.ok()) return from.status();
    const Result<int> to = Configured(row.key, (*texts)[1]);
    if (!to.ok()) return to.status();
    const auto step = std::find(kSteps.begin(), kSteps.end(), (*texts)[2]);
    if (step == kSteps.end()) return absl::DataLossError("a move does not parse");
    moves_[row.key] = {*from, *to, static_cast<Step>(step - kSteps.begin()), row.number};
    return OkStatus();
}

StateRow Placement::RowOf(const std::string& instrument, const Move& move) const {
    const std::string step(kSteps[static_cast<size_t>(move.step)]);
    std::string value = records::EncodeTexts({NameOf(move.from), NameOf(move.to), step});
    return {std::string(kind::kMove), instrument, std::move(value), move.revision, false};
}

StateRow Placement::PinOf(const std::string& instrument, const Move& move) const {
    const int shard = move.step == Step::kCopied ? move.to : move.from;
    return {std::string(kind::kPin), instrument, NameOf(shard), 0, false};
}

std::optional<int> Placement::PlaceOf(const std::string& instrument) const {
    const auto pin = pins_.find(instrument);
    if (pin == pins_.end()) return std::nullopt;
    return pin->second;
}

const Placement::Move* Placement::MoveOf(const std::string& instrument) const {
    const auto move = moves_.find(instrument);
    return move == moves_.end() ? nullptr : &move->second;
}

void Placement::SetMove(const std::string& instrument, const Move& move) {
    moves_[instrument] = move;
    pins_[instrument] = move.step == Step::kCopied ? move.to : move.from;
}

std::vector<StateRow> Placement::DropCopies() {
    std::vector<StateRow> rows;
    for (auto& [instrument, move] : moves_) {
        if (move.step != Step::kCopying) continue;
        move.step = Step::kDropping;
        rows.push_back(RowOf(instrument, move));
    }
    return rows;
}

// Each is told once: queries go on meanwhile.
void Placement::Apply(const SeriesTable& table) {
    const std::vector<SeriesState*> all = table.All();
    for (const SeriesState* series : all) {
        if (series->stored) Find(*series);
    }
    for (const SeriesState* series : all) {
        const std::string key = model::InstrumentKey(series->series.instrument);
        const Move* const move = MoveOf(key);
        const bool copying = move != nullptr && move->step == Step::kCopying;
        series->second = copying ? move->to : SeriesState::kNowhere;
        series->shard = PlaceOf(key).value_or(SeriesState::kNowhere);
    }
}

void Placement::Find(const SeriesState& series) {
    series.shard =
        pins_.try_emplace(model::InstrumentKey(series.series.instrument), 0).first->second;
}

void Placement::Place(const SeriesState& series, std::vector<StateRow>& fresh) {
    if (series.shard != SeriesState::kNowhere) return;
    if (shards_.size() == 1) return Find(series);
    const std::string key = model::InstrumentKey(series.series.instrument);
    if (const Move* const move = MoveOf(key); move != nullptr && move->step == Step::kCopying) {
        series.second = move->to;
    }
    const auto known = pins_.find(key);
    if (known != pins_.end()) {
        series.shard = known->second;
        return;
    }
    const size_t chosen = registry::RendezvousOwners(key, shards_).front();
    pins_[key] = static_cast<int>(chosen);
    series.shard = static_cast<int>(chosen);
    fresh.push_back({std::string(kind::kPin), key, shards_[chosen], 0, false});
}

}  // namespace mp::storage::clickhouse
