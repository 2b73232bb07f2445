#pragma once
// A small compare-and-set store: what locks, leadership, idempotency and the registry stand on.
// libs/bus implements it over JetStream KV buckets, libs/testing in memory. One object is one
// bucket.
//
// Keys: one to many tokens of [A-Za-z0-9_=/-] joined by '.', never empty tokens; whatever a user or
// a venue wrote goes through KeyToken() first. InvalidArgument otherwise. Values are bytes, up to 1
// MB.
//
// Revisions grow over the whole bucket with every write and are never reused, so one taken at
// acquisition serves as fencing token. A bucket has one time to live, counted from a key's last
// write.
//
// Errors common to all calls: Unavailable or DeadlineExceeded (an implementation gives every call a
// bound of its own) leave open whether a write happened: read again, or repeat the compare-and-set.
// Used from one io_context thread; an implementation must outlive every call and watch on it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "runtime/task.hpp"

namespace mp::reliability {

struct Entry {
    std::string value;
    uint64_t revision = 0;
    Nanos created = 0;  // when this revision was written, by the store's clock
};

struct KeyChange {
    enum class Kind {
        kPut,       // a key has this value now
        kDelete,    // a key was deleted; entry.value is empty
        kCaughtUp,  // once, after the values that existed when the watch began; no key
    };
    Kind kind = Kind::kPut;
    std::string key;
    Entry entry;
};

// Changes of the watched keys, in the order of their revisions. After a lost connection the stream
// goes on by itself and repeats current values rather than miss one; revisions show the repeats.
// A key that expires by time to live is NOT reported (nats-server 2.9 tells nobody): a reader that
// cares expires entries itself, counted from their last change. Destroying it ends the watch.
class KeyWatch {
  public:
    virtual ~KeyWatch() = default;

    // The next change; waits for it without end (cancel the await to stop). Unavailable where the
    // watch is lost for good: begin a new one.
    virtual Task<Result<KeyChange>> Next() = 0;
};

class KeyValue {
  public:
    virtual ~KeyValue() = default;

    // NotFound where the key is absent, deleted or expired.
    virtual Task<Result<Entry>> Get(std::string key) = 0;

    // Writes a key that does not exist (never, deleted, expired); its revision. AlreadyExists
    // otherwise.
    virtual Task<Result<uint64_t>> Create(std::string key, std::string value) = 0;

    // Replaces exactly the revision `expected`; the new revision. Aborted where the key has another
    // one, or none any more.
    virtual Task<Result<uint64_t>> Update(
        std::string key, std::string value, uint64_t expected
    ) = 0;

    // Writes whatever was there; the new revision.
    virtual Task<Result<uint64_t>> Put(std::string key, std::string value) = 0;

    // Deletes the key; OK where there is none. With `expected` only that very revision: Aborted
    // where the key has another one, or none any more.
    virtual Task<Status> Delete(
        std::string key, std::optional<uint64_t> expected = std::nullopt
    ) = 0;

    // Live keys below `prefix`, in any order: "" is all, otherwise whole tokens ("jobs" or "jobs.a"
    // gives "jobs.a.1", not "jobsite").
    virtual Task<Result<std::vector<std::string>>> Keys(std::string prefix) = 0;

    // Current values of the keys below `prefix` (as in Keys), kCaughtUp, then every change.
    virtual Task<Result<std::unique_ptr<KeyWatch>>> Watch(std::string prefix) = 0;
};

// OK where `key` keeps the grammar above.
Status CheckKey(std::string_view key);

// Whether `key` lies below `prefix` as Keys and Watch understand it; a key equal to the prefix
// does.
bool KeyHasPrefix(std::string_view key, std::string_view prefix);

// Any bytes as one token: base64url without padding; "_" stands for the empty text.
std::string KeyToken(std::string_view text);

}  // namespace mp::reliability
