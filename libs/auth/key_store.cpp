#include "auth/key_store.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <utility>

#include <nlohmann/json.hpp>

#include "auth/private_file.hpp"
#include "auth/secret.hpp"

namespace mp::auth {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFileVersion = 1;
constexpr std::string_view kPrefix = "mp_";
constexpr size_t kIdBytes = 6;
constexpr size_t kSecretBytes = 32;
constexpr size_t kSaltBytes = 16;
constexpr size_t kMaxName = 100;

Status CheckName(std::string_view name) {
    const bool printable = std::none_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    if (name.empty() || name.size() > kMaxName || !printable) {
        return absl::InvalidArgumentError("a key's name has 1 to 100 printable characters");
    }
    return OkStatus();
}

// The id inside "mp_<id>_<secret>"; empty where it is no key.
std::string_view IdOf(std::string_view key) {
    if (key.substr(0, kPrefix.size()) != kPrefix) return {};
    const std::string_view rest = key.substr(kPrefix.size());
    const size_t end = rest.find('_');
    return end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
}

}  // namespace

KeyStore::KeyStore(std::filesystem::path path) : path_(std::move(path)) {}

Status KeyStore::Refresh() {
    const Result<Version> version = Look();
    if (!version.ok()) return version.status();
    if (version_ == *version) return OkStatus();
    return Read();
}

Result<KeyStore::Version> KeyStore::Look() const {
    struct stat found {};
    if (::stat(path_.c_str(), &found) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return Version();
        return absl::UnavailableError(path_.string() + ": " + std::strerror(errno));
    }
    return Version{
        found.st_ino, found.st_mtim.tv_sec * kSecond + found.st_mtim.tv_nsec, found.st_size};
}

Status KeyStore::Read() {
    // Before the text: a change in between is seen by the next look.
    const Result<Version> version = Look();
    if (!version.ok()) return version.status();
    const Result<std::string> text = ReadWholeFile(path_);
    if (text.status().code() == StatusCode::kNotFound) {
        infos_.clear();
        secrets_.clear();
        version_ = Version();
        ++changes_;
        return OkStatus();
    }
    if (!text.ok()) return text.status();
    MP_RETURN_IF_ERROR(Annotate(Parse(*text), path_.string()));
    version_ = *version;
    return OkStatus();
}

Status KeyStore::Parse(const std::string& text) {
    const Json document = Json::parse(text, nullptr, false);
    if (!document.is_object() || document.value("version", 0) != kFileVersion ||
        !document.contains("keys") || !document["keys"].is_array()) {
        return absl::DataLossError("is not a file of API keys");
    }
    std::vector<KeyInfo> infos;
    std::vector<Secret> secrets;
    try {
        for (const Json& key : document["keys"]) {
            const Result<Role> role = ParseRole(key.at("role").get<std::string>());
            if (!role.ok()) return role.status();
            const Result<Nanos> created = ParseTime(key.at("created").get<std::string>());
            if (!created.ok()) return created.status();
            infos.push_back({key.at("id"), key.at("name"), *role, *created});
            secrets.push_back({key.at("salt"), key.at("hash")});
        }
    } catch (const Json::exception& error) {
        return absl::DataLossError(std::string("has a malformed key: ") + error.what());
    }
    infos_ = std::move(infos);
    secrets_ = std::move(secrets);
    ++changes_;
    return OkStatus();
}

std::string KeyStore::Render() const {
    Json keys = Json::array();
    for (size_t i = 0; i < infos_.size(); ++i) {
        keys.push_back(
            {{"id", infos_[i].id},
             {"name", infos_[i].name},
             {"role", ToString(infos_[i].role)},
             {"created", FormatTime(infos_[i].created)},
             {"salt", secrets_[i].salt},
             {"hash", secrets_[i].hash}}
        );
    }
    return Json{{"version", kFileVersion}, {"keys", std::move(keys)}}.dump(2) + "\n";
}

Status KeyStore::Write() const {
    return ReplaceFile(path_, Render());
}

Result<std::string> KeyStore::Create(const std::string& name, Role role, Nanos now) {
    MP_RETURN_IF_ERROR(CheckName(name));
    const Result<std::string> id = RandomHex(kIdBytes);
    const Result<std::string> secret = RandomHex(kSecretBytes);
    const Result<std::string> salt = RandomHex(kSaltBytes);
    for (const auto* random : {&id, &secret, &salt}) MP_RETURN_IF_ERROR(random->status());

    const Result<FileLock> lock = FileLock::Take(path_);
    if (!lock.ok()) return lock.status();
    MP_RETURN_IF_ERROR(Read());
    std::string key = std::string(kPrefix) + *id + "_" + *secret;
    infos_.push_back({*id, name, role, now});
    secrets_.push_back({*salt, HashKey(*salt, key)});
    MP_RETURN_IF_ERROR(Write());
    MP_RETURN_IF_ERROR(Read());
    return key;
}

Status KeyStore::Revoke(std::string_view id) {
    const Result<FileLock> lock = FileLock::Take(path_);
    if (!lock.ok()) return lock.status();
    MP_RETURN_IF_ERROR(Read());
    const auto found = std::find_if(infos_.begin(), infos_.end(), [&](const KeyInfo& info) {
        return info.id == id;
    });
    if (found == infos_.end()) {
        return absl::NotFoundError("no key has the id " + std::string(id));
    }
    secrets_.erase(secrets_.begin() + (found - infos_.begin()));
    infos_.erase(found);
    MP_RETURN_IF_ERROR(Write());
    return Read();
}

const KeyInfo* KeyStore::Verify(std::string_view key) const {
    const std::string_view id = IdOf(key);
    for (size_t i = 0; i < infos_.size(); ++i) {
        if (infos_[i].id != id) continue;
        return EqualSecrets(HashKey(secrets_[i].salt, key), secrets_[i].hash) ? &infos_[i]
                                                                              : nullptr;
    }
    return nullptr;
}

}  // namespace mp::auth
