#include "storage/query/page_token.hpp"

#include "base/big_endian.hpp"
#include "base/hash.hpp"
#include "storage/query/base64url.hpp"

namespace mp::storage {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHeadSize = 9;

}  // namespace

uint64_t Question::Fingerprint() const {
    std::string text(kind);
    text += '\0';
    model::AppendInstrumentKey(series.instrument, text);
    text += '\0';
    text += model::ToString(series.data_type);
    text += '\0';
    text += interval;
    for (const std::optional<Nanos>& time : {start, end}) {
        text += time ? '1' : '0';
        AppendSortable(time.value_or(0), text);
    }
    if (!beside.empty()) text.append(1, '\0').append(beside);
    return Fnv1a(text);
}

std::string MakePageToken(const Question& question, std::string_view place) {
    std::string bytes(1, kVersion);
    AppendBigEndian(question.Fingerprint(), bytes);
    bytes += place;
    return ToBase64Url(bytes);
}

Result<std::string> ReadPageToken(const Question& question, std::string_view token) {
    const std::optional<std::string> bytes = FromBase64Url(token);
    if (!bytes || bytes->size() < kHeadSize || bytes->front() != kVersion) {
        return absl::InvalidArgumentError("cursor: not one of ours");
    }
    if (ReadBigEndian64(std::string_view(*bytes).substr(1)) != question.Fingerprint()) {
        return absl::InvalidArgumentError("cursor: belongs to another query");
    }
    return bytes->substr(kHeadSize);
}

}  // namespace mp::storage
