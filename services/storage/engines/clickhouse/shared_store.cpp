#include "storage/engines/clickhouse/shared_store.hpp"

#include <random>

#include "storage/engines/clickhouse/text.hpp"
#include "storage/engines/records.hpp"

namespace mp::storage {

Result<std::unique_ptr<SharedEngine>> OpenSharedClickHouse(
    const ClickHouseConfig& config, uint32_t lanes, const Clock& clock
) {
    if (lanes == 0 || lanes > clickhouse::Lane::kMost) {
        return absl::InvalidArgumentError("a store is shared by 1 to 256 lanes");
    }
    auto store = std::make_unique<clickhouse::SharedStore>(config, lanes, clock);
    const Status loaded = store->Load();
    if (!loaded.ok() && !absl::IsUnavailable(loaded) && !absl::IsResourceExhausted(loaded)) {
        return loaded;
    }
    return std::unique_ptr<SharedEngine>(std::move(store));
}

}  // namespace mp::storage

namespace mp::storage::clickhouse {

namespace {

constexpr std::string_view kDelete = "delete";
constexpr std::string_view kExpire = "expire";
constexpr std::string_view kMove = "move";

ClientConfig StateServer(const ClickHouseConfig& config) {
    ClientConfig server = config.server;
    if (!config.topology.shards.empty()) server.url = config.topology.shards.front().url;
    return server;
}

std::string NewName() {
    std::random_device random;
    return Concat(random(), ".", random(), "|");
}

Status CannotParse() {
    return absl::InvalidArgumentError("an order of another version");
}

// How much was done, and where the next slice begins.
template <typename Slice>
Result<Orders::Texts> TextsOf(const Result<Slice>& slice, uint64_t Slice::*count) {
    if (!slice.ok()) return slice.status();
    return Orders::Texts{Concat((*slice).*count), slice->next};
}

template <typename Slice>
Result<Slice> SliceOf(const Result<Orders::Texts>& answer, uint64_t Slice::*count) {
    if (!answer.ok()) return answer.status();
    Slice slice;
    if (answer->size() != 2 || !ParseNumber(answer->front(), slice.*count)) return CannotParse();
    slice.next = answer->back();
    return slice;
}

}  // namespace

SharedStore::SharedStore(const ClickHouseConfig& config, uint32_t lanes, const Clock& clock)
    : orders_(StateServer(config)), self_(NewName()) {
    for (uint32_t number = 0; number < lanes; ++number) {
        lanes_.push_back(std::make_unique<ClickHouseEngine>(config, Lane(number, lanes), clock));
    }
}

Status SharedStore::Load() {
    for (const auto& lane : lanes_) MP_RETURN_IF_ERROR(lane->Load());
    return OkStatus();
}

SharedStore::Place SharedStore::PlaceOf(SeriesId series) const {
    // 0 is nobody's number, neither here nor in a lane.
    if (series == 0) return {0, *lanes_.front(), 0};
    const uint32_t number = (series - 1) % lanes();
    return {number, *lanes_[number], (series - 1) / lanes() + 1};
}

SeriesId SharedStore::NumberOf(uint32_t lane, SeriesId series) const {
    return (series - 1) * lanes() + lane + 1;
}

uint32_t SharedStore::LaneOf(const model::Instrument& instrument) const {
    return model::Shard(instrument, lanes());
}

SeriesId SharedStore::Intern(const model::Series& series) {
    const uint32_t lane = LaneOf(series.instrument);
    return NumberOf(lane, lanes_[lane]->Intern(series));
}

Result<AppendOutcome> SharedStore::Append(const AppendBatch& /*batch*/) {
    return absl::UnimplementedError("events are appended to a lane of the store");
}

Status SharedStore::DeclareLoss(std::string_view /*reason*/) {
    return absl::UnimplementedError("a loss is declared in a lane of the store");
}

std::optional<SeriesId> SharedStore::Find(const model::Series& series) const {
    const uint32_t lane = LaneOf(series.instrument);
    const std::optional<SeriesId> found = lanes_[lane]->Find(series);
    if (!found) return std::nullopt;
    return NumberOf(lane, *found);
}

std::vector<SeriesEntry> SharedStore::ListSeries() const {
    std::vector<SeriesEntry> all;
    for (uint32_t lane = 0; lane < lanes(); ++lane) {
        for (SeriesEntry& entry : lanes_[lane]->ListSeries()) {
            entry.id = NumberOf(lane, entry.id);
            all.push_back(std::move(entry));
        }
    }
    return all;
}

Result<std::unique_ptr<Cursor>> SharedStore::Scan(SeriesId series, const ScanRange& range) const {
    const Place place = PlaceOf(series);
    return place.lane.Scan(place.series, range);
}

Result<WrittenRows> SharedStore::WriteParquet(
    SeriesId series, const ScanRange& range, uint64_t limit, const ByteSink& sink
) const {
    const Place place = PlaceOf(series);
    return place.lane.WriteParquet(place.series, range, limit, sink);
}

Result<DeletionSlice> SharedStore::DeleteRange(
    SeriesId series, model::Interval time, std::string_view resume
) {
    const Place place = PlaceOf(series);
    if (place.lane.Leads()) return place.lane.DeleteRange(place.series, time, resume);
    const Result<std::string> name = place.lane.NameOf(place.series);
    if (!name.ok()) return name.status();
    const Orders::Texts order{
        std::string(kDelete), *name, Concat(time.from), Concat(time.to), std::string(resume)};
    return SliceOf(orders_.Ask(place.number, order), &DeletionSlice::events);
}

Result<DeletionSlice> SharedStore::Expire(
    SeriesId series, Nanos received_before, std::string_view resume
) {
    const Place place = PlaceOf(series);
    if (place.lane.Leads()) return place.lane.Expire(place.series, received_before, resume);
    const Result<std::string> name = place.lane.NameOf(place.series);
    if (!name.ok()) return name.status();
    const Orders::Texts order{
        std::string(kExpire), *name, Concat(received_before), "", std::string(resume)};
    return SliceOf(orders_.Ask(place.number, order), &DeletionSlice::events);
}

Result<MoveSlice> SharedStore::MoveInstrument(
    const model::Instrument& instrument, std::string_view to, std::string_view resume
) {
    const uint32_t number = LaneOf(instrument);
    if (lanes_[number]->Leads()) return Move(*lanes_[number], instrument, to, resume);
    const std::string name = records::EncodeSeries({instrument, model::DataType::kInstrument});
    const Orders::Texts order{std::string(kMove), name, std::string(to), "", std::string(resume)};
    return SliceOf(orders_.Ask(number, order), &MoveSlice::rows);
}

Result<size_t> SharedStore::Serve() {
    const Result<std::vector<Orders::Open>> open = orders_.Read();
    if (!open.ok()) return open.status();
    size_t served = 0;
    for (const Orders::Open& each : *open) {
        if (each.lane >= lanes() || !lanes_[each.lane]->Leads()) continue;
        const Result<Orders::Texts> done = Do(*lanes_[each.lane], each.order);
        // Whoever has the lane by now does it.
        if (!lanes_[each.lane]->Leads()) continue;
        MP_RETURN_IF_ERROR(orders_.Answer(each.key, done));
        ++served;
    }
    return served;
}

// A place names a series by its number, which is another one for each instance: whoever goes on
// with what another one has begun begins anew.
Result<MoveSlice> SharedStore::Move(
    ClickHouseEngine& lane,
    const model::Instrument& instrument,
    std::string_view to,
    std::string_view resume
) {
    const bool own = resume.starts_with(self_);
    Result<MoveSlice> slice =
        lane.MoveInstrument(instrument, to, own ? resume.substr(self_.size()) : "");
    if (slice.ok() && !slice->next.empty()) slice->next = self_ + slice->next;
    return slice;
}

Result<Orders::Texts> SharedStore::Do(ClickHouseEngine& lane, const Orders::Texts& order) {
    if (order.size() != 5) return CannotParse();
    const Result<model::Series> name = records::DecodeSeries(order[1]);
    if (!name.ok()) return name.status();
    const std::string& resume = order[4];
    if (order[0] == kMove) {
        return TextsOf(Move(lane, name->instrument, order[2], resume), &MoveSlice::rows);
    }
    const std::optional<SeriesId> series = lane.Find(*name);
    if (!series) return absl::NotFoundError("no such series");
    Nanos from = 0;
    Nanos to = 0;
    if (!ParseNumber(order[2], from)) return CannotParse();
    if (order[0] == kExpire) {
        return TextsOf(lane.Expire(*series, from, resume), &DeletionSlice::events);
    }
    if (order[0] != kDelete || !ParseNumber(order[3], to)) return CannotParse();
    return TextsOf(lane.DeleteRange(*series, {from, to}, resume), &DeletionSlice::events);
}

Result<std::optional<StreamPosition>> SharedStore::Position() const {
    return lanes_.front()->LeastPosition();
}

// What the servers tell, they tell of all lanes.
Result<EngineStatistics> SharedStore::Statistics() const {
    Result<EngineStatistics> all = lanes_.front()->Statistics();
    if (!all.ok()) return all;
    all->events = 0;
    all->series = 0;
    for (const SeriesEntry& entry : ListSeries()) {
        all->events += entry.events;
        ++all->series;
    }
    return all;
}

Tally SharedStore::TallyOf(SeriesId series) const {
    const Place place = PlaceOf(series);
    return place.lane.TallyOf(place.series);
}

Status SharedStore::Health() const {
    for (const auto& lane : lanes_) MP_RETURN_IF_ERROR(lane->Health());
    return OkStatus();
}

// Every lane has connections of its own to the same servers.
std::vector<EndpointState> SharedStore::Endpoints() const {
    std::vector<EndpointState> all = lanes_.front()->Endpoints();
    for (size_t lane = 1; lane < lanes_.size(); ++lane) {
        const std::vector<EndpointState> more = lanes_[lane]->Endpoints();
        for (size_t i = 0; i < all.size(); ++i) {
            all[i].used = all[i].used && more[i].used;
            all[i].connections += more[i].connections;
            all[i].opened += more[i].opened;
            all[i].waits += more[i].waits;
            all[i].refused += more[i].refused;
            all[i].reads += more[i].reads;
            all[i].failures += more[i].failures;
        }
    }
    return all;
}

void SharedStore::GiveUpAt(Deadline deadline) {
    for (const auto& lane : lanes_) lane->GiveUpAt(deadline);
    orders_.GiveUpAt(deadline);
}

}  // namespace mp::storage::clickhouse
