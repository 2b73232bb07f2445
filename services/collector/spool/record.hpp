#pragma once
// One record of the spool as bytes. Pure: no file is touched here.
//
//   u32 size of what follows the header | u32 CRC-32C of all but these four bytes
//   u64 sequence | u8 kind | u8 zero | u16 subject size          header, 20 bytes, little endian
//   subject | payload

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mp::collector {

enum class RecordKind : uint8_t {
    kData = 0,   // events
    kClaim = 1,  // coverage: published only when everything before it has been acknowledged
};

struct SpoolRecord {
    uint64_t sequence = 0;
    RecordKind kind = RecordKind::kData;
    std::string_view subject;
    std::string_view payload;
};

inline constexpr size_t kRecordHeaderBytes = 20;
inline constexpr size_t kMaxRecordBytes = size_t{64} << 20;

// The header of `record`, to be followed by its subject and payload.
std::string EncodeRecordHeader(const SpoolRecord& record);

struct ParsedRecord {
    SpoolRecord record;  // views into the parsed bytes
    size_t size = 0;     // header included
};

// The record at the front of `bytes`; nothing where it is cut or damaged.
std::optional<ParsedRecord> ParseRecord(std::string_view bytes);

// Where to go on behind a damaged record at the front of `bytes`: its own size field is believed if
// an intact record, or the end, lies there. Nothing where the rest is lost.
std::optional<size_t> SkipDamaged(std::string_view bytes);

}  // namespace mp::collector
