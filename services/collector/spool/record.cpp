#include "collector/spool/record.hpp"

#include <cstring>

#include "collector/spool/crc32c.hpp"

namespace mp::collector {
namespace {

template <typename T>
void Append(T value, std::string& out) {
    out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <typename T>
T Read(std::string_view bytes, size_t offset) {
    T value{};
    std::memcpy(&value, bytes.data() + offset, sizeof(value));
    return value;
}

// The size that the record at the front says it has; nothing where it does not fit into `bytes`.
std::optional<size_t> StatedSize(std::string_view bytes) {
    if (bytes.size() < kRecordHeaderBytes) return std::nullopt;
    const size_t size = kRecordHeaderBytes + Read<uint32_t>(bytes, 0);
    if (size > bytes.size() || size > kMaxRecordBytes) return std::nullopt;
    return size;
}

}  // namespace

std::string EncodeRecordHeader(const SpoolRecord& record) {
    std::string header;
    Append(static_cast<uint32_t>(record.subject.size() + record.payload.size()), header);
    Append(uint32_t{0}, header);
    Append(record.sequence, header);
    Append(static_cast<uint8_t>(record.kind), header);
    Append(uint8_t{0}, header);
    Append(static_cast<uint16_t>(record.subject.size()), header);

    uint32_t crc = Crc32c(std::string_view(header).substr(0, 4));
    crc = Crc32c(std::string_view(header).substr(8), crc);
    crc = Crc32c(record.payload, Crc32c(record.subject, crc));
    std::memcpy(header.data() + 4, &crc, sizeof(crc));
    return header;
}

std::optional<ParsedRecord> ParseRecord(std::string_view bytes) {
    const auto size = StatedSize(bytes);
    if (!size) return std::nullopt;
    const uint32_t crc = Crc32c(bytes.substr(8, *size - 8), Crc32c(bytes.substr(0, 4)));
    if (crc != Read<uint32_t>(bytes, 4)) return std::nullopt;

    ParsedRecord parsed;
    parsed.size = *size;
    parsed.record.sequence = Read<uint64_t>(bytes, 8);
    parsed.record.kind = static_cast<RecordKind>(Read<uint8_t>(bytes, 16));
    const size_t subject = Read<uint16_t>(bytes, 18);
    if (kRecordHeaderBytes + subject > *size) return std::nullopt;
    parsed.record.subject = bytes.substr(kRecordHeaderBytes, subject);
    parsed.record.payload =
        bytes.substr(kRecordHeaderBytes + subject, *size - kRecordHeaderBytes - subject);
    return parsed;
}

std::optional<size_t> SkipDamaged(std::string_view bytes) {
    const auto size = StatedSize(bytes);
    if (!size) return std::nullopt;
    if (*size == bytes.size() || ParseRecord(bytes.substr(*size))) return size;
    return std::nullopt;
}

}  // namespace mp::collector
