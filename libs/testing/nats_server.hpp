#pragma once
// A real nats-server with JetStream on free loopback ports, for tests. Its store lives in a
// temporary folder that goes with it; it can be killed and started again on the same port and
// store.

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.hpp"
#include "testing/child_process.hpp"
#include "testing/temp_dir.hpp"

namespace mp::testing {

class NatsServer {
  public:
    struct Options {
        // Lines for the server's configuration file beside port and JetStream's store.
        std::string extra_config;
        int64_t max_payload = 8 << 20;
    };

    // Not started yet.
    explicit NatsServer(Options options) : options_(std::move(options)) {}
    NatsServer() : NatsServer(Options{}) {}

    // Waits until it answers, JetStream included. After Kill or Stop: the same port, the same
    // store.
    Status Start();
    void Kill();    // SIGKILL, waits
    void Stop();    // SIGTERM, waits
    void Freeze();  // SIGSTOP, waits: connected but silent
    void Thaw();

    bool running() { return process_ && process_->Running(); }
    std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
    int port() const noexcept { return port_; }
    int monitor_port() const noexcept { return monitor_port_; }
    std::string store() const { return (folder_ / "store").string(); }
    std::string log() const { return ReadFile(folder_ / "log"); }

  private:
    std::string WriteConfig() const;
    Status ReadPorts();

    const Options options_;
    TempDir folder_;
    std::optional<ChildProcess> process_;
    int port_ = -1;
    int monitor_port_ = -1;
};

}  // namespace mp::testing
