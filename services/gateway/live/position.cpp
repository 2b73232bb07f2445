#include "gateway/live/position.hpp"

#include <absl/strings/escaping.h>
#include <array>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <optional>

#include "base/big_endian.hpp"
#include "base/hash.hpp"

namespace mp::gateway {
namespace {

constexpr char kVersion = 1;
constexpr size_t kMacSize = 16;
constexpr size_t kHeaderSize = 1 + 8 + 8;
constexpr size_t kPositionSize = 4 + 8 + 4;

Status Bad(std::string_view what) {
    return absl::InvalidArgumentError("token: " + std::string(what));
}

}  // namespace

uint32_t SubjectKey(std::string_view subject) {
    const uint64_t hash = Fnv1a(subject);
    return static_cast<uint32_t>(hash ^ (hash >> 32));
}

std::string TokenSigner::Mac(std::string_view bytes) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int size = 0;
    HMAC(
        EVP_sha256(),
        secret_.data(),
        static_cast<int>(secret_.size()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        bytes.size(),
        digest.data(),
        &size
    );
    return std::string(reinterpret_cast<const char*>(digest.data()), kMacSize);
}

std::string TokenSigner::Sign(const Token& token) const {
    std::string bytes(1, kVersion);
    AppendBigEndian(static_cast<uint64_t>(token.incarnation), bytes);
    AppendBigEndian(static_cast<uint64_t>(token.order_ts), bytes);
    for (const auto& [subject, position] : token.positions) {
        AppendBigEndian(subject, bytes);
        AppendBigEndian(position.sequence, bytes);
        AppendBigEndian(position.index, bytes);
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
    if (bytes.size() < kHeaderSize + kMacSize) return Bad("is truncated");
    const std::string_view payload = std::string_view(bytes).substr(0, bytes.size() - kMacSize);
    const std::string expected = Mac(payload);
    if (CRYPTO_memcmp(expected.data(), bytes.data() + payload.size(), kMacSize) != 0) {
        return Bad("was not signed by this gateway");
    }
    if (payload[0] != kVersion || (payload.size() - kHeaderSize) % kPositionSize != 0) {
        return Bad("is of another version");
    }
    Token token;
    token.incarnation = static_cast<Nanos>(ReadBigEndian64(payload.substr(1)));
    token.order_ts = static_cast<Nanos>(ReadBigEndian64(payload.substr(9)));
    for (size_t at = kHeaderSize; at < payload.size(); at += kPositionSize) {
        const uint32_t subject = ReadBigEndian32(payload.substr(at));
        token.positions[subject] = {
            ReadBigEndian64(payload.substr(at + 4)), ReadBigEndian32(payload.substr(at + 12))};
    }
    return token;
}

}  // namespace mp::gateway
