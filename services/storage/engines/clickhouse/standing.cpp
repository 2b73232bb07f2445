#include "storage/engines/clickhouse/standing.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/big_endian.hpp"
#include "storage/engines/clickhouse/event_columns.hpp"
#include "storage/engines/clickhouse/sql.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

// Keys closer than this are asked for as one range: what comes again comes in runs.
constexpr uint64_t kJoinWithin = 200 * kMillisecond;
// Well below the 256 KiB that a query may have.
constexpr size_t kMaxCondition = 128u << 10;
// Servers look at each range by itself, at every piece of the index: a thousand of them take
// seconds, as many times in one list nothing.
constexpr size_t kMaxRanges = 16;      // of a series
constexpr size_t kMaxConditions = 64;  // of a query

std::string PlaceOf(std::string_view series, std::string_view text) {
    return Concat(series, "\n", text);
}

// Conditions joined by OR, given out in pieces that fit into a query.
class Pieces {
  public:
    using Take = std::function<Status(const std::string&)>;

    explicit Pieces(Take take) : take_(std::move(take)) {}

    Status Add(std::string_view condition) {
        Append(all_, all_.empty() ? "" : " OR ", "(", condition, ")");
        ++conditions_;
        const bool room = all_.size() < kMaxCondition && conditions_ < kMaxConditions;
        return room ? OkStatus() : Flush();
    }
    Status Flush() {
        if (all_.empty()) return OkStatus();
        conditions_ = 0;
        const std::string piece = Concat("(", all_, ")");
        all_.clear();
        return take_(piece);
    }

  private:
    const Take take_;
    std::string all_;
    size_t conditions_ = 0;
};

// Conditions for the rows of one instrument at these times, which ascend.
std::vector<std::string> AtTimes(const std::vector<Nanos>& times) {
    std::vector<std::string> conditions;
    for (size_t i = 0; i < times.size() && conditions.size() <= kMaxRanges;) {
        const Nanos first = times[i];
        // Never overflows: the one before is the smaller one.
        const auto joins = [&](size_t next) {
            return static_cast<uint64_t>(times[next]) - static_cast<uint64_t>(times[next - 1]) <=
                   kJoinWithin;
        };
        for (++i; i < times.size() && joins(i);) ++i;
        conditions.push_back(IsBetween(first, times[i - 1]));
    }
    if (conditions.size() <= kMaxRanges) return conditions;
    conditions.clear();
    std::string list;
    for (const Nanos time : times) {
        Append(list, list.empty() ? "order_ts IN (" : ", ", time);
        if (list.size() > kMaxCondition / 2) conditions.push_back(std::exchange(list, "") + ")");
    }
    if (!list.empty()) conditions.push_back(list + ")");
    return conditions;
}

}  // namespace

void StandingEvents::WantKey(const SeriesState& series, std::string_view key) {
    if (cluster_.Of(series) == nullptr) return;
    keys_.push_back({&series, std::string(key)});
}

void StandingEvents::WantIdentity(const SeriesState& series, std::string_view identity) {
    if (cluster_.Of(series) == nullptr) return;
    identities_.push_back({&series, std::string(identity)});
}

Status StandingEvents::Load() {
    if (!identities_.empty()) MP_RETURN_IF_ERROR(FindIdentities());
    if (!keys_.empty()) MP_RETURN_IF_ERROR(FindKeys());
    return OkStatus();
}

Status StandingEvents::FindIdentities() {
    for (size_t shard = 0; shard < cluster_.size(); ++shard) {
        MP_RETURN_IF_ERROR(FindIdentities(cluster_.At(shard)));
    }
    for (const Wanted& wanted : identities_) {
        const auto place = places_.find(PlaceOf(wanted.series->name, wanted.text));
        if (place != places_.end()) keys_.push_back({wanted.series, place->second});
    }
    return OkStatus();
}

Status StandingEvents::FetchPlaces(const Shard& shard, const std::string& condition) {
    const Result<std::string> answer = shard.primary().Query(Concat(
        "SELECT concat(CAST(exchange AS String), '|', CAST(market AS String), '|', "
        "CAST(symbol AS String)) AS instrument, data_type, identity, "
        "argMax(order_ts, revision), argMax(sequence, revision) FROM receipts PREWHERE ",
        condition,
        " GROUP BY instrument, data_type, identity FORMAT Native"
    ));
    if (!answer.ok()) return answer.status();
    BlockReader blocks(*answer);
    for (;;) {
        const Result<bool> more = blocks.Next();
        if (!more.ok()) return more.status();
        if (!*more) return OkStatus();
        for (size_t row = 0; row < blocks.rows(); ++row) {
            std::vector<ColumnReader>& columns = blocks.columns();
            std::string series(columns[0].TakeText());
            const auto type = static_cast<model::DataType>(columns[1].Take<uint8_t>());
            Append(series, "|", model::ToString(type));
            const std::string_view identity = columns[2].TakeText();
            std::string key;
            AppendSortable(columns[3].Take<Nanos>(), key);
            AppendBigEndian(columns[4].Take<uint64_t>(), key);
            places_[PlaceOf(series, identity)] = Concat(key, identity);
        }
    }
}

Status StandingEvents::FindIdentities(const Shard& shard) {
    Pieces pieces([&](const std::string& condition) { return FetchPlaces(shard, condition); });
    const SeriesState* series = nullptr;
    std::string list;
    const auto end_list = [&]() -> Status {
        if (list.empty()) return OkStatus();
        const std::string condition = Concat(
            "data_type = ",
            static_cast<int>(series->series.data_type),
            " AND ",
            IsInstrument(series->series.instrument),
            " AND identity IN (",
            list,
            ")"
        );
        list.clear();
        return pieces.Add(condition);
    };
    for (const Wanted& wanted : identities_) {
        if (cluster_.Of(*wanted.series) != &shard) continue;
        if (wanted.series != series || list.size() > kMaxCondition / 2) {
            MP_RETURN_IF_ERROR(end_list());
        }
        series = wanted.series;
        Append(list, list.empty() ? "" : ", ", Literal(wanted.text));
    }
    MP_RETURN_IF_ERROR(end_list());
    return pieces.Flush();
}

Status StandingEvents::FindKeys() {
    std::sort(keys_.begin(), keys_.end(), [](const Wanted& a, const Wanted& b) {
        const auto type_a = a.series->series.data_type;
        const auto type_b = b.series->series.data_type;
        if (type_a != type_b) return type_a < type_b;
        const int shard_a = a.series->shard;
        const int shard_b = b.series->shard;
        if (shard_a != shard_b) return shard_a < shard_b;
        if (a.series != b.series) return a.series->id < b.series->id;
        return a.text < b.text;
    });
    for (const Wanted& wanted : keys_) found_[PlaceOf(wanted.series->name, wanted.text)] = {};
    for (size_t begin = 0; begin < keys_.size();) {
        const model::DataType type = keys_[begin].series->series.data_type;
        const Shard* const shard = cluster_.Of(*keys_[begin].series);
        Pieces pieces([&](const std::string& condition) {
            return FetchKeys(*shard, type, condition);
        });
        while (begin < keys_.size() && keys_[begin].series->series.data_type == type &&
               cluster_.Of(*keys_[begin].series) == shard) {
            const SeriesState& series = *keys_[begin].series;
            std::vector<Nanos> times;
            for (; begin < keys_.size() && keys_[begin].series == &series; ++begin) {
                const Nanos time = ReadSortable(keys_[begin].text);
                if (times.empty() || times.back() != time) times.push_back(time);
            }
            const std::string instrument = IsInstrument(series.series.instrument);
            for (const std::string& condition : AtTimes(times)) {
                MP_RETURN_IF_ERROR(pieces.Add(Concat(instrument, " AND ", condition)));
            }
        }
        MP_RETURN_IF_ERROR(pieces.Flush());
    }
    std::erase_if(found_, [](const auto& entry) { return entry.second.event.empty(); });
    return OkStatus();
}

Status StandingEvents::FetchKeys(
    const Shard& shard, model::DataType type, const std::string& condition
) {
    Result<std::string> answer = shard.primary().Query(
        Concat(CountingRowsOfMany(type, SelectedColumns(type), condition), " FORMAT Native")
    );
    if (!answer.ok()) return answer.status();
    EventReader rows(type, *std::move(answer), 1);
    for (;;) {
        const Result<bool> more = rows.Next();
        if (!more.ok()) return more.status();
        if (!*more) return OkStatus();
        const std::string series = Concat(rows.TakeLeading(0), "|", model::ToString(type));
        const auto wanted = found_.find(PlaceOf(series, rows.key()));
        if (wanted == found_.end()) continue;
        wanted->second = {std::string(rows.key()), std::string(rows.event()), rows.received_ts()};
    }
}

const StandingEvent* StandingEvents::ByKey(const SeriesState& series, std::string_view key) const {
    const auto found = found_.find(PlaceOf(series.name, key));
    return found == found_.end() ? nullptr : &found->second;
}

const StandingEvent* StandingEvents::ByIdentity(
    const SeriesState& series, std::string_view identity
) const {
    const auto place = places_.find(PlaceOf(series.name, identity));
    return place == places_.end() ? nullptr : ByKey(series, place->second);
}

void StandingEvents::Clear() {
    keys_.clear();
    identities_.clear();
    found_.clear();
    places_.clear();
}

}  // namespace mp::storage::clickhouse
