// Records of the collector's spool. With an odd first byte the checksum is made to fit, so that
// what lies behind it is reached.
#include <cstring>

#include "collector/spool/crc32c.hpp"
#include "collector/spool/record.hpp"
#include "fuzz.hpp"

namespace mp::fuzz {
namespace {

using collector::RecordKind;
using collector::SpoolRecord;

std::string Encode(const SpoolRecord& record) {
    std::string bytes = collector::EncodeRecordHeader(record);
    bytes += record.subject;
    bytes += record.payload;
    return bytes;
}

void FixChecksum(std::string& bytes) {
    if (bytes.size() < collector::kRecordHeaderBytes) return;
    uint32_t size = 0;
    std::memcpy(&size, bytes.data(), sizeof(size));
    const std::string_view view(bytes);
    if (size > view.size() - collector::kRecordHeaderBytes) return;
    const size_t end = collector::kRecordHeaderBytes + size;
    const uint32_t crc =
        collector::Crc32c(view.substr(8, end - 8), collector::Crc32c(view.substr(0, 4)));
    std::memcpy(bytes.data() + 4, &crc, sizeof(crc));
}

}  // namespace

std::vector<std::string> Seeds() {
    const std::string one = Encode({1, RecordKind::kData, "md.binance.spot.trade.0", "payload"});
    const std::string two = Encode({2, RecordKind::kClaim, "md.binance.spot.coverage.0", ""});
    return {std::string("\0", 1) + one + two, "\1" + two + one};
}

void Try(std::string_view input) {
    Input front(input);
    const bool fix = front.Byte() % 2 != 0;
    std::string bytes(front.rest());
    if (fix) FixChecksum(bytes);
    std::string_view rest = bytes;
    while (!rest.empty()) {
        size_t step = 0;
        if (const auto parsed = collector::ParseRecord(rest)) {
            step = parsed->size;
            Require(step <= rest.size(), "a record lies inside the bytes");
            const SpoolRecord& record = parsed->record;
            const std::string encoded = Encode(record);
            const auto again = collector::ParseRecord(encoded);
            Require(again && again->record.payload == record.payload, "a record survives");
        } else if (const auto skipped = collector::SkipDamaged(rest)) {
            step = *skipped;
        }
        Require(step <= rest.size(), "nothing is skipped beyond the end");
        if (step == 0) return;
        rest.remove_prefix(step);
    }
}

}  // namespace mp::fuzz
