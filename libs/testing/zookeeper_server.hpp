#pragma once
// A real ZooKeeper on a free loopback port, for tests of replicated tables. Its data lives in a
// temporary folder that goes with it.

#include <optional>
#include <string>

#include "base/status.hpp"
#include "testing/child_process.hpp"
#include "testing/temp_dir.hpp"

namespace mp::testing {

class ZooKeeperServer {
  public:
    // False where no zookeeper, or no java, is installed.
    static bool Installed();

    // Waits until it answers. After Kill: the same port, the same data.
    Status Start();
    void Kill();  // SIGKILL, waits

    int port() const { return port_; }
    std::string log() const { return ReadFile(folder_ / "log"); }

  private:
    TempDir folder_;
    std::optional<ChildProcess> process_;
    int port_ = -1;
};

}  // namespace mp::testing
