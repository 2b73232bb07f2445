#pragma once
// Speaks to one ClickHouse server over HTTP. Calls block the caller's thread, none longer than
// `request_timeout`, waiting for a connection included. Thread-safe.
//
// The pool: `pool_size` connections stay open, `pool_overflow` more are opened while all are in use
// and closed after it; further calls wait for one. A connection is looked at before it is used
// again (libcurl sees what the server has closed), and is given up at the age of `pool_recycle`.
//
// Errors: Unavailable (cannot be reached, slow, overloaded, read-only, too many parts: the same
// call may succeed later), ResourceExhausted (its disk is full), PermissionDenied, NotFound (no
// such table or database), AlreadyExists, InvalidArgument (it does not understand the query),
// Internal.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.hpp"
#include "base/mutex.hpp"
#include "base/status.hpp"
#include "storage/byte_sink.hpp"
#include "storage/engines/clickhouse/fence.hpp"
#include "storage/engines/clickhouse/slots.hpp"
#include "tls/credentials.hpp"

namespace mp::storage::clickhouse {

struct ClientConfig {
    std::string url = "http://127.0.0.1:8123";  // of the HTTP interface
    std::string user = "default";
    std::string password;
    std::string database = "marketprism";
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds request_timeout{30'000};
    bool compress = true;  // what is inserted
    size_t pool_size = 20;
    size_t pool_overflow = 10;
    std::chrono::seconds pool_recycle{3600};
    std::string shard;  // named in errors where there are several
    // For https: whom to trust and what to show, as current when a connection is made. Null: the
    // system's CAs. Outlives the client.
    const tls::Credentials* tls = nullptr;
    // No insert goes on beyond it. Null: there is none. Outlives the client.
    const Fence* fence = nullptr;
};

struct PoolStatistics {
    size_t in_use = 0;     // connections, or calls about to open one
    uint64_t opened = 0;   // connections, ever
    uint64_t waits = 0;    // calls that found all in use
    uint64_t refused = 0;  // of those, the ones that got none in time
};

class Client {
  public:
    explicit Client(ClientConfig config);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // What the query answers, in the format that it names; small answers and large.
    Result<std::string> Query(std::string_view sql) const;
    // As Query, but the answer goes to `sink` as it comes. Nothing does where the server refuses.
    Status Download(std::string_view sql, const ByteSink& sink) const;
    // As Query, but outside of the database, which need not exist.
    Result<std::string> QueryServer(std::string_view sql) const;
    // Rows of a small answer as text, split at line ends and tabs. The query names no format.
    Result<std::vector<std::vector<std::string>>> Rows(std::string_view sql) const;
    // Changes what is stored, or how.
    Status Execute(std::string_view sql) const;
    // As Execute, for statements that name LowCardinality columns.
    Status Define(std::string_view sql) const;
    // `sql` ends with "FORMAT Native"; `block` is what is inserted.
    Status Insert(std::string_view sql, std::string_view block) const;
    // The same with several blocks, each of them appended to `packed` by Pack: it is compressed
    // while the processor has it at hand.
    void Pack(std::string_view block, std::string& packed) const;
    Status InsertPacked(std::string_view sql, std::string_view packed) const;

    // No call goes on beyond this; those under way end within a second of it.
    void GiveUpAt(Deadline deadline);

    const std::string& database() const { return config_.database; }
    const std::string& url() const { return config_.url; }
    PoolStatistics pool() const {
        return {slots_.taken(), opened_, slots_.waits(), slots_.refused()};
    }

  private:
    struct Handle;

    // What the server answered, where it did not go to `sink`.
    Result<std::string> Send(
        const std::string& url,
        std::string_view body,
        const ByteSink* sink = nullptr,
        Deadline latest = Deadline::Never()
    ) const;
    Result<std::string> SendNow(
        const std::string& url, std::string_view body, const ByteSink* sink, Deadline deadline
    ) const;
    std::string InDatabase(std::string_view parameters) const;
    std::unique_ptr<Handle> Take() const ABSL_LOCKS_EXCLUDED(mutex_);
    void Return(std::unique_ptr<Handle> handle) const ABSL_LOCKS_EXCLUDED(mutex_);

    const ClientConfig config_;
    const std::string name_;  // as errors name the server
    mutable Slots slots_;
    mutable std::atomic<uint64_t> opened_{0};
    std::atomic<Deadline::Clock::time_point> give_up_at_{Deadline::Never().time()};
    mutable Mutex mutex_;
    mutable std::vector<std::unique_ptr<Handle>> idle_ ABSL_GUARDED_BY(mutex_);
};

// The status for an answer that is not 200, by ClickHouse's own error code ("Code: 252, ...").
// `server` is how the message names who answered.
Status FromAnswer(long http_status, std::string_view body, std::string_view server = "clickhouse");

}  // namespace mp::storage::clickhouse
