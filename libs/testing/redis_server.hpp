#pragma once
// A real redis-server on a free loopback port, for tests: keeps nothing on disk. It can be killed
// and started again on the same port, empty.

#include <optional>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "testing/child_process.hpp"
#include "testing/temp_dir.hpp"

namespace mp::testing {

class RedisServer {
  public:
    // Not started yet. `arguments` beside port and folder: {"--requirepass", "secret"}.
    explicit RedisServer(std::vector<std::string> arguments = {})
        : arguments_(std::move(arguments)) {}

    // Waits until it answers.
    Status Start();
    void Kill();    // SIGKILL, waits
    void Freeze();  // SIGSTOP, waits: connected but silent
    void Thaw();

    int port() const noexcept { return port_; }
    std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
    std::string log() const { return ReadFile(folder_ / "log"); }

  private:
    Status StartAt(int port);

    const std::vector<std::string> arguments_;
    TempDir folder_;
    std::optional<ChildProcess> process_;
    int port_ = -1;
};

}  // namespace mp::testing
