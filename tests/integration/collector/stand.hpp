#pragma once
// A real nats-server, a real mp-exchange-sim and a real mp-collector on free loopback ports.

#include <memory>
#include <string>
#include <vector>

#include "bus_log.hpp"
#include "testing/child_process.hpp"
#include "testing/nats_server.hpp"
#include "testing/temp_dir.hpp"

namespace mp::collector_test {

class Stand {
  public:
    explicit Stand(
        std::vector<std::string> sim_arguments,
        std::vector<std::string> settings = {},
        testing::NatsServer::Options broker = {}
    );

    // Throws runtime_error where something does not come up.
    void StartSim();
    void StartCollector();
    testing::ChildProcess& sim() { return *sim_; }
    testing::ChildProcess& collector() { return *collector_; }
    testing::NatsServer& nats() { return nats_; }
    BusLog& log();
    std::filesystem::path config() const { return folder_ / "config"; }
    std::filesystem::path spool() const { return folder_ / "spool"; }

    // One of the simulator's controls: "status", or with a body a command.
    std::string AskSim(const std::string& path, const std::string& body = {});
    std::string AskCollector(const std::string& path);
    // The value of a metric line that starts with `name`, summed over its labels.
    double Metric(const std::string& name);
    // Everything that the simulator says it sent, as text lines.
    std::vector<std::string> Evidence() const;

  private:
    std::string Fetch(const std::string& url, const std::string& body);

    testing::TempDir folder_;
    testing::NatsServer nats_;
    std::vector<std::string> sim_arguments_;
    std::vector<std::string> settings_;
    std::unique_ptr<testing::ChildProcess> sim_;
    std::unique_ptr<testing::ChildProcess> collector_;
    std::unique_ptr<BusLog> log_;
    testing::TaskRunner runner_;
    int sim_port_ = 0;
    int collector_port_ = 0;
};

}  // namespace mp::collector_test
