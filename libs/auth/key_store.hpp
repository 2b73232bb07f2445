#pragma once
// API keys in a file: JSON, mode 0600, replaced as a whole, edited by `mpctl keys` and read by the
// gateway while it runs. Of a key only a salted SHA-256 is kept; the key itself
// ("mp_<id>_<secret>", 256 random bits) is shown once, when it is made.
//
//   KeyStore keys(path);
//   MP_RETURN_IF_ERROR(keys.Refresh());          // at start, then every second or so
//   const KeyInfo* caller = keys.Verify(token);  // from memory, no I/O
//
// One thread. Edits of several processes are serialised by a lock beside the file.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/role.hpp"
#include "base/status.hpp"
#include "base/time.hpp"

namespace mp::auth {

struct KeyInfo {
    std::string id;    // 12 hex digits, part of the key; fit for logs and limits
    std::string name;  // what the owner calls it
    Role role = Role::kReader;
    Nanos created = 0;
};

class KeyStore {
  public:
    // Nothing is read yet; a file that does not exist holds no keys.
    explicit KeyStore(std::filesystem::path path);

    // Reads the file again if it has changed: one stat when it has not. After an error (unreadable,
    // malformed) the keys read before stay in force.
    Status Refresh();

    // Makes a key and gives it out, for the only time. InvalidArgument: no name, or not printable.
    Result<std::string> Create(const std::string& name, Role role, Nanos now);

    // NotFound: no key has this id. Takes effect where others refresh.
    Status Revoke(std::string_view id);

    // By creation.
    const std::vector<KeyInfo>& List() const { return infos_; }
    bool empty() const { return infos_.empty(); }
    // Moves whenever the keys in force may have changed.
    uint64_t changes() const { return changes_; }

    // The key's entry; null where it is unknown, revoked or malformed. Takes the same time for
    // every wrong secret. Valid until the next Refresh, Create or Revoke.
    const KeyInfo* Verify(std::string_view key) const;

    const std::filesystem::path& path() const { return path_; }

  private:
    // What tells one version of the file from another.
    struct Version {
        uint64_t inode = 0;
        int64_t modified = 0;
        int64_t size = -1;  // -1: no file

        friend bool operator==(const Version&, const Version&) = default;
    };
    struct Secret {
        std::string salt;
        std::string hash;
    };

    Result<Version> Look() const;
    Status Read();
    Status Parse(const std::string& text);
    Status Write() const;
    std::string Render() const;

    std::filesystem::path path_;
    std::optional<Version> version_;
    uint64_t changes_ = 0;
    std::vector<KeyInfo> infos_;
    std::vector<Secret> secrets_;  // of the info at the same index
};

}  // namespace mp::auth
