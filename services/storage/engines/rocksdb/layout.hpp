#pragma once
// Where everything lies in the key space. All keys begin with 4 bytes, big-endian: a series id, or
// 0.
//
//   0 'm' name               schema version, stream position, losses
//   0 'n' key                a note of the ingest
//   0 'd' id                 dictionary: exchange, market, symbol, venue symbol, data type
//   0 'c' id                 counters of a series
//   id key                   an event's bytes; key = model::AppendKey: order_ts 8, sequence 8,
//   identity id|2^31 identity         order_ts 8, sequence 8 of the event with this identity: only
//   for events
//                            ordered by receipt, whose repeats have other keys
//
// Pure functions; values that do not parse are DataLoss.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "model/instrument.hpp"
#include "storage/append_batch.hpp"

namespace mp::storage::layout {

inline constexpr uint32_t kSchemaVersion = 2;  // 1 had no counters
inline constexpr uint32_t kIdentityBit = 1u << 31;
inline constexpr size_t kIdSize = 4;

enum class Kind : char { kMeta = 'm', kNote = 'n', kDictionary = 'd', kCounters = 'c' };

std::string MetaKey(std::string_view name);
std::string NoteKey(std::string_view key);
std::string SeriesKey(Kind kind, SeriesId id);
std::string KindPrefix(Kind kind);
// First key behind all keys that begin with `prefix`.
std::string EndOf(std::string prefix);

void EventKey(SeriesId id, std::string_view key, std::string& out);
void IdentityKey(SeriesId id, std::string_view identity, std::string& out);
// The first possible key of an event at or behind `time`.
std::string TimeKey(SeriesId id, Nanos time);

// Counters of a series, and what it knows of losses (Engine::DeclareLoss).
struct Counters {
    uint64_t events = 0;
    uint32_t losses_seen = 0;
    Nanos trusted_from = INT64_MIN;
};

std::string EncodeSeries(const model::Series& series);
Result<model::Series> DecodeSeries(std::string_view value);
std::string EncodeCounters(const Counters& counters);
Result<Counters> DecodeCounters(std::string_view value);
std::string EncodePosition(const StreamPosition& position);
Result<StreamPosition> DecodePosition(std::string_view value);
std::string EncodeTexts(const std::vector<std::string>& texts);
Result<std::vector<std::string>> DecodeTexts(std::string_view value);

}  // namespace mp::storage::layout
