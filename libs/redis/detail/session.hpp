#pragma once
// One connection to Redis while it lasts: commands go out in the order they were given, as many as
// there are in one write, and replies come back in that order. One io_context thread.

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "net/transport.hpp"
#include "redis/config.hpp"
#include "redis/detail/reply_reader.hpp"
#include "redis/reply.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::redis::detail {

// One command that has been given. Shared with who waits, who may leave before the reply comes.
struct Call {
    runtime::Event answered;
    Result<Reply> reply = absl::UnavailableError("the connection was lost");
    Deadline late = Deadline::Never();
};

// The command as Redis reads it; its size is what counts for `max_unsent_bytes`.
std::string Format(std::span<const std::string> command);

class Session {
  public:
    // Both outlive it.
    Session(net::Transport& transport, const ConnectionConfig& config);
    // What has no reply then gets none: Unavailable.
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // ResourceExhausted beyond the bounds.
    Result<std::shared_ptr<Call>> Give(std::string_view formatted);

    // Shows the password, chooses the database and waits for the answers. Beside Run.
    Task<Status> Greet();
    // Until the connection ends: why it did.
    Task<Status> Run();

  private:
    Task<Status> Read();
    Task<Status> Write();
    Task<Status> Watch();

    net::Transport& transport_;
    const ConnectionConfig& config_;
    ReplyReader reader_;
    std::deque<std::shared_ptr<Call>> calls_;
    std::string unsent_;
    runtime::Condition given_;
    std::array<char, 16384> buffer_;
};

}  // namespace mp::redis::detail
