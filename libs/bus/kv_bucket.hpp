#pragma once
// A KeyValue over a JetStream KV bucket (readable with `nats kv` too).
//
// From the connection's executor only. Every call has a bound of `timeout`. Reads go to the
// stream's leader, so they see every write that was acknowledged before.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "reliability/key_value.hpp"
#include "runtime/task.hpp"

namespace mp::bus {

struct KvConfig {
    std::string bucket;               // [A-Za-z0-9_-]+
    std::chrono::nanoseconds ttl{0};  // of a key since its last write; 0: for ever
    int replicas = 1;
    int64_t max_bytes = -1;
    bool in_memory = false;
};

class KvBucket final : public reliability::KeyValue {
  public:
    // Creates the bucket, or brings an existing one to `config`.
    static runtime::Task<Result<std::unique_ptr<KvBucket>>> Open(
        Connection& connection, KvConfig config, Deadline deadline
    );

    // For a bucket that somebody else creates; nothing is asked of the broker.
    KvBucket(
        Connection& connection,
        std::string bucket,
        std::chrono::milliseconds timeout = std::chrono::seconds(5)
    );
    ~KvBucket() override;

    runtime::Task<Result<reliability::Entry>> Get(std::string key) override;
    runtime::Task<Result<uint64_t>> Create(std::string key, std::string value) override;
    runtime::Task<Result<uint64_t>> Update(std::string key, std::string value, uint64_t expected)
        override;
    runtime::Task<Result<uint64_t>> Put(std::string key, std::string value) override;
    runtime::Task<Status> Delete(std::string key, std::optional<uint64_t> expected) override;
    runtime::Task<Result<std::vector<std::string>>> Keys(std::string prefix) override;
    runtime::Task<Result<std::unique_ptr<reliability::KeyWatch>>> Watch(std::string prefix
    ) override;

  private:
    // What the stream holds for a key: a value, or the mark of a deletion.
    struct Stored {
        reliability::Entry entry;
        bool deleted = false;
    };

    runtime::Task<Status> AwaitMade();
    runtime::Task<Result<Stored>> Read(std::string key);
    // `expected`: the revision that the key must have now, 0 for none.
    runtime::Task<Result<uint64_t>> Write(
        std::string key, std::string value, Headers headers, std::optional<uint64_t> expected
    );
    std::string SubjectOf(const std::string& key) const;

    Connection& connection_;
    const std::string bucket_;
    const std::chrono::milliseconds timeout_;
    std::optional<uint64_t>
        made_;  // the connection's reconnects when the bucket was seen to be there
};

}  // namespace mp::bus
