#include "gateway/shared/answer_codec.hpp"

#include <cstdint>

#include "base/big_endian.hpp"
#include "base/hash.hpp"

namespace mp::gateway {
namespace {

// Checksum of the rest, complete ('0' '1' '?'), length of the cursor, cursor, body.
constexpr size_t kChecksumSize = sizeof(uint64_t);
constexpr size_t kHeadSize = 1 + sizeof(uint32_t);

char CodeOf(const std::optional<bool>& complete) {
    if (!complete) return '?';
    return *complete ? '1' : '0';
}

}  // namespace

std::string EncodeAnswer(const Answer& answer) {
    std::string rest;
    rest.reserve(kHeadSize + answer.next_cursor.size() + answer.body.size());
    rest.push_back(CodeOf(answer.complete));
    AppendBigEndian(static_cast<uint32_t>(answer.next_cursor.size()), rest);
    rest.append(answer.next_cursor).append(answer.body);
    std::string bytes;
    bytes.reserve(kChecksumSize + rest.size());
    AppendBigEndian(Fnv1a(rest), bytes);
    return bytes.append(rest);
}

std::optional<Answer> DecodeAnswer(std::string_view bytes) {
    if (bytes.size() < kChecksumSize + kHeadSize) return std::nullopt;
    const uint64_t checksum = ReadBigEndian64(bytes);
    bytes.remove_prefix(kChecksumSize);
    if (Fnv1a(bytes) != checksum) return std::nullopt;
    const char complete = bytes.front();
    const size_t cursor = ReadBigEndian32(bytes.substr(1));
    bytes.remove_prefix(kHeadSize);
    if (cursor > bytes.size()) return std::nullopt;
    Answer answer;
    answer.next_cursor = bytes.substr(0, cursor);
    answer.body = bytes.substr(cursor);
    if (complete != '?') answer.complete = complete == '1';
    return answer;
}

}  // namespace mp::gateway
