#include "gateway/live/token_key.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <openssl/rand.h>
#include <unistd.h>

namespace mp::gateway {
namespace {

constexpr size_t kKeySize = 32;
constexpr char kWritable[] = "make it writable for the gateway";

Status Wrong(const std::string& path, const std::string& what) {
    return absl::FailedPreconditionError(
        "live.token_key_path " + path + ": " + what + ", or set live.token_secret"
    );
}

// Says why as the system does.
Status Failed(const std::string& path, const char* what, const char* remedy) {
    return Wrong(path, std::string(what) + ": " + std::strerror(errno) + "; " + remedy);
}

// Written under another name and linked into place: whoever reads sees the whole key or none, and
// of two gateways that start at once one wins.
Status Publish(const std::string& path, std::string_view key) {
    const std::string temporary = path + "." + std::to_string(::getpid());
    const int file = ::open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return Failed(path, "cannot be created", kWritable);
    const bool written =
        ::write(file, key.data(), key.size()) == static_cast<ssize_t>(key.size()) &&
        ::fsync(file) == 0;
    ::close(file);
    const bool linked =
        written && (::link(temporary.c_str(), path.c_str()) == 0 || errno == EEXIST);
    Status status = linked ? OkStatus() : Failed(path, "cannot be written", kWritable);
    ::unlink(temporary.c_str());
    return status;
}

}  // namespace

Result<std::string> LoadOrMakeTokenKey(const std::string& path) {
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    if (!std::filesystem::exists(path)) {
        std::array<unsigned char, kKeySize> random;
        if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
            return absl::InternalError("no random numbers to be had for live.token_key_path");
        }
        MP_RETURN_IF_ERROR(
            Publish(path, {reinterpret_cast<const char*>(random.data()), random.size()})
        );
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) return Failed(path, "cannot be read", "make it readable for the gateway");
    const std::string key{std::istreambuf_iterator<char>(in), {}};
    if (key.size() >= kKeySize) return key;
    return Wrong(
        path,
        "holds " + std::to_string(key.size()) + " bytes, and a key has at least " +
            std::to_string(kKeySize) + "; remove the file, and a new one is made"
    );
}

}  // namespace mp::gateway
