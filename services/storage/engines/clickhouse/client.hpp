#pragma once
// Speaks to one ClickHouse server over HTTP. Connections are kept open and shared; calls block the
// caller's thread. Thread-safe.
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

namespace mp::storage::clickhouse {

struct ClientConfig {
    std::string url = "http://127.0.0.1:8123";  // of the HTTP interface
    std::string user = "default";
    std::string password;
    std::string database = "marketprism";
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds request_timeout{30'000};
    bool compress = true;         // what is inserted
    size_t max_connections = 30;  // kept open; more are opened for a moment and closed
};

class Client {
  public:
    explicit Client(ClientConfig config);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // What the query answers, in the format that it names; small answers and large.
    Result<std::string> Query(std::string_view sql) const;
    // As Query, but outside of the database, which need not exist.
    Result<std::string> QueryServer(std::string_view sql) const;
    // Rows of a small answer as text, split at line ends and tabs. The query names no format.
    Result<std::vector<std::vector<std::string>>> Rows(std::string_view sql) const;
    // Changes what is stored, or how.
    Status Execute(std::string_view sql) const;
    // `sql` ends with "FORMAT Native"; `block` is what is inserted.
    Status Insert(std::string_view sql, std::string_view block) const;

    // No call goes on beyond this; those under way end within a second of it.
    void GiveUpAt(Deadline deadline) { give_up_at_ = deadline.time(); }

    const std::string& database() const { return config_.database; }

  private:
    struct Handle;

    Result<std::string> Send(const std::string& url, std::string_view body) const;
    std::string InDatabase(std::string_view parameters) const;
    std::unique_ptr<Handle> Take() const ABSL_LOCKS_EXCLUDED(mutex_);
    void Return(std::unique_ptr<Handle> handle) const ABSL_LOCKS_EXCLUDED(mutex_);

    const ClientConfig config_;
    std::atomic<Deadline::Clock::time_point> give_up_at_{Deadline::Never().time()};
    mutable Mutex mutex_;
    mutable std::vector<std::unique_ptr<Handle>> idle_ ABSL_GUARDED_BY(mutex_);
};

// The status for an answer that is not 200, by ClickHouse's own error code ("Code: 252, ...").
Status FromAnswer(long http_status, std::string_view body);

}  // namespace mp::storage::clickhouse
