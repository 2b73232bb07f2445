#pragma once
// A real nats-server with JetStream on free loopback ports, for tests. Its store lives in a
// temporary folder that goes with it; it can be killed and started again on the same port and
// store.

#include <chrono>
#include <map>
#include <string>

#include "base/status.hpp"

namespace mp::testing {

class NatsServer {
  public:
    struct Options {
        // Lines for the server's configuration file beside port and JetStream's store.
        std::string extra_config;
        int64_t max_payload = 8 << 20;
    };

    // Not started yet.
    explicit NatsServer(Options options);
    NatsServer() : NatsServer(Options{}) {}
    // Kills the server and removes the store.
    ~NatsServer();
    NatsServer(const NatsServer&) = delete;
    NatsServer& operator=(const NatsServer&) = delete;

    // Waits until it answers, JetStream included. After Kill or Stop: the same port, the same
    // store.
    Status Start();
    void Kill();    // SIGKILL, waits
    void Stop();    // SIGTERM, waits
    void Freeze();  // SIGSTOP: connected but silent
    void Thaw();

    bool running() const noexcept { return pid_ > 0; }
    std::string url() const;
    int port() const noexcept { return port_; }
    const std::string& store() const noexcept { return folder_; }
    std::string log() const;

  private:
    Status WaitForPorts(std::chrono::seconds limit);
    Status WaitForJetStream(std::chrono::seconds limit) const;
    void End(int signal);

    Options options_;
    std::string folder_;
    int pid_ = -1;
    int port_ = -1;
    int monitor_port_ = -1;
};

}  // namespace mp::testing
