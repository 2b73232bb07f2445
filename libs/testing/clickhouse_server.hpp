#pragma once
// A real clickhouse-server on free loopback ports, for tests. Its store lives in a temporary folder
// that goes with it; it can be killed and started again on the same ports and store.

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.hpp"
#include "testing/child_process.hpp"
#include "testing/temp_dir.hpp"

namespace mp::testing {

class ClickHouseServer {
  public:
    // Not started yet.
    ClickHouseServer() = default;

    // False where no clickhouse-server is installed.
    static bool Installed();

    // What Start does first; servers that know each other need it before.
    void ChoosePorts();
    // Waits until it answers. After Kill or Stop: the same ports, the same store.
    Status Start();
    void Kill();    // SIGKILL, waits
    void Stop();    // SIGTERM, waits
    void Freeze();  // SIGSTOP, waits: connected but silent
    void Thaw();

    bool running() { return process_ && process_->Running(); }
    // Of the HTTP interface.
    std::string url() const { return "http://127.0.0.1:" + std::to_string(http_port_); }
    int http_port() const { return http_port_; }
    int tcp_port() const { return tcp_port_; }
    // With certificates, PEM files: HTTPS too, from the next Start on. It takes up replaced files
    // at a start only.
    void set_certificate(std::string certificate_file, std::string key_file) {
        certificate_file_ = std::move(certificate_file);
        key_file_ = std::move(key_file);
    }
    std::string secure_url() const { return "https://127.0.0.1:" + std::to_string(https_port_); }
    std::string log() const { return ReadFile(folder_ / "log"); }
    // Lines for the default profile in users.xml, and for config.xml; they count from the next
    // Start on.
    void set_profile(std::string lines) { profile_ = std::move(lines); }
    void set_config(std::string lines) { config_ = std::move(lines); }

  private:
    std::string WriteConfig() const;
    std::string TlsConfig() const;

    TempDir folder_;
    std::string profile_;
    std::string config_;
    std::string certificate_file_;
    std::string key_file_;
    std::optional<ChildProcess> process_;
    int http_port_ = -1;
    int tcp_port_ = -1;
    int interserver_port_ = -1;  // where its replicas fetch from
    int https_port_ = -1;
};

}  // namespace mp::testing
