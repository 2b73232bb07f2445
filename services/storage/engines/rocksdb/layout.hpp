#pragma once
// Where everything lies in the key space. All keys begin with 4 bytes, big-endian: a series id, or
// 0.
//
//   0 'm' name          schema version, stream position, losses
//   0 'n' key           a note of the ingest
//   0 'd' id            dictionary: exchange, market, symbol, venue symbol, data type
//   0 'c' id            counters of a series
//   0 'h' id key        the block of trades that began at `key` became rows: since when, its end
//   id key              an event's bytes; key = model::AppendKey: order_ts 8, sequence 8, identity
//   id|2^31 identity    order_ts 8, sequence 8 of the event with this identity: only for events
//                       found by identity, whose repeats have other keys
//   id|2^30 key         a block (trade_block.hpp): the trades from `key` on, in place of their rows
//
// Pure functions.

#include <cstdint>
#include <string>
#include <string_view>

#include "backup/label.hpp"
#include "base/time.hpp"
#include "storage/append_batch.hpp"

namespace mp::storage::layout {

inline constexpr uint32_t kSchemaVersion = backup::kStoreSchema;
inline constexpr uint32_t kIdentityBit = 1u << 31;
inline constexpr uint32_t kBlockBit = 1u << 30;
inline constexpr size_t kIdSize = 4;

enum class Kind : char {
    kMeta = 'm',
    kNote = 'n',
    kDictionary = 'd',
    kCounters = 'c',
    kHole = 'h'
};

std::string MetaKey(std::string_view name);
std::string NoteKey(std::string_view key);
std::string SeriesKey(Kind kind, SeriesId id);
std::string KindPrefix(Kind kind);
// First key behind all keys that begin with `prefix`.
std::string EndOf(std::string prefix);

void EventKey(SeriesId id, std::string_view key, std::string& out);
void IdentityKey(SeriesId id, std::string_view identity, std::string& out);
void BlockKey(SeriesId id, std::string_view key, std::string& out);
void HoleKey(SeriesId id, std::string_view key, std::string& out);
// The first possible key of an event at or behind `time`.
std::string TimeKey(SeriesId id, Nanos time);

}  // namespace mp::storage::layout
