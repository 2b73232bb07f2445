#include "gateway/live/position.hpp"

#include <absl/strings/escaping.h>
#include <array>
#include <cstdlib>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <optional>

#include "base/big_endian.hpp"
#include "base/hash.hpp"

namespace mp::gateway {
namespace {

constexpr char kVersion = 2;
constexpr size_t kMacSize = 16;
constexpr size_t kHeaderSize = 1 + 1 + 8 + 8 + 4;  // version, in_history, times, positions
constexpr size_t kPositionSize = 4 + 8 + 4;
constexpr size_t kSeriesKeySize = 8;

Status Bad(std::string_view what) {
    return absl::InvalidArgumentError("token: " + std::string(what));
}

}  // namespace

uint32_t SubjectKey(std::string_view subject) {
    const uint64_t hash = Fnv1a(subject);
    return static_cast<uint32_t>(hash ^ (hash >> 32));
}

uint64_t SeriesKey(const model::Series& series) {
    const auto type = static_cast<char>(series.data_type);
    return Fnv1a(std::string_view(&type, 1), Fnv1a(model::InstrumentKey(series.instrument)));
}

void TokenSigner::Free::operator()(evp_mac_ctx_st* context) const noexcept {
    EVP_MAC_CTX_free(context);
}

TokenSigner::TokenSigner(std::string_view secret)
    : keyed_([secret] {
          EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
          Context context(EVP_MAC_CTX_new(hmac));
          EVP_MAC_free(hmac);
          char digest[] = "SHA256";
          const OSSL_PARAM parameters[] = {
              OSSL_PARAM_construct_utf8_string("digest", digest, 0), OSSL_PARAM_construct_end()};
          const auto* key = reinterpret_cast<const unsigned char*>(secret.data());
          if (EVP_MAC_init(context.get(), key, secret.size(), parameters) != 1) std::abort();
          return context;
      }()) {}

std::string TokenSigner::Mac(std::string_view bytes) const {
    const Context context(EVP_MAC_CTX_dup(keyed_.get()));
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    size_t size = 0;
    EVP_MAC_update(
        context.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()
    );
    EVP_MAC_final(context.get(), digest.data(), &size, digest.size());
    return std::string(reinterpret_cast<const char*>(digest.data()), kMacSize);
}

std::string TokenSigner::Sign(const Token& token) const {
    std::string bytes(1, kVersion);
    bytes += token.in_history ? '\1' : '\0';
    AppendBigEndian(static_cast<uint64_t>(token.incarnation), bytes);
    AppendBigEndian(static_cast<uint64_t>(token.since), bytes);
    AppendBigEndian(static_cast<uint32_t>(token.positions.size()), bytes);
    for (const auto& [subject, position] : token.positions) {
        AppendBigEndian(subject, bytes);
        AppendBigEndian(position.sequence, bytes);
        AppendBigEndian(position.index, bytes);
    }
    for (const auto& [series, mark] : token.marks) {
        AppendBigEndian(series, bytes);
        mark.AppendTo(bytes);
    }
    bytes += Mac(bytes);
    std::string text;
    absl::WebSafeBase64Escape(bytes, &text);
    return text;
}

Result<Token> TokenSigner::Verify(std::string_view text) const {
    std::string bytes;
    if (!absl::WebSafeBase64Unescape(absl::string_view(text.data(), text.size()), &bytes)) {
        return Bad("is not one of this gateway's");
    }
    if (bytes.size() < 1 + kMacSize) return Bad("is truncated");
    const std::string_view payload = std::string_view(bytes).substr(0, bytes.size() - kMacSize);
    const std::string expected = Mac(payload);
    if (CRYPTO_memcmp(expected.data(), bytes.data() + payload.size(), kMacSize) != 0) {
        return Bad("was not signed by this gateway");
    }
    if (payload[0] != kVersion || payload.size() < kHeaderSize) return Bad("is of another version");
    return Decode(payload);
}

Result<Token> TokenSigner::Decode(std::string_view payload) {
    Token token;
    token.in_history = payload[1] != 0;
    token.incarnation = static_cast<Nanos>(ReadBigEndian64(payload.substr(2)));
    token.since = static_cast<Nanos>(ReadBigEndian64(payload.substr(10)));
    const size_t positions = ReadBigEndian32(payload.substr(18));
    payload.remove_prefix(kHeaderSize);
    if (payload.size() / kPositionSize < positions) return Bad("is truncated");
    for (size_t i = 0; i < positions; ++i, payload.remove_prefix(kPositionSize)) {
        token.positions[ReadBigEndian32(payload)] = {
            ReadBigEndian64(payload.substr(4)), ReadBigEndian32(payload.substr(12))};
    }
    while (payload.size() >= kSeriesKeySize) {
        const uint64_t series = ReadBigEndian64(payload);
        payload.remove_prefix(kSeriesKeySize);
        auto mark = SeriesMark::TakeFrom(payload);
        if (!mark.ok()) return Bad(MessageOf(mark.status()));
        token.marks[series] = *std::move(mark);
    }
    return token;
}

}  // namespace mp::gateway
