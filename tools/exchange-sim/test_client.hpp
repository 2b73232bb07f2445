#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "exchange-sim/options.hpp"

// What the simulator's own tests talk to it with: Beast's clients, blocking, with a deadline.
namespace mp::sim::testing {

using Json = nlohmann::json;

// A simulator on a free port, on a thread of its own. Throws where it cannot start.
class RunningSimulator {
  public:
    explicit RunningSimulator(Options options);
    ~RunningSimulator();

    std::uint16_t port() const { return port_; }

  private:
    struct Running;

    std::unique_ptr<Running> running_;
    std::uint16_t port_ = 0;
};

struct Reply {
    unsigned status = 0;
    std::string body;
    std::string used_weight;
    std::string retry_after;

    Json json() const { return Json::parse(body); }
};

// Throws where no answer comes.
Reply Get(std::uint16_t port, const std::string& target);
Reply Post(std::uint16_t port, const std::string& target, const std::string& body = "");

Json GetJson(std::uint16_t port, const std::string& target);
Json SimStatus(std::uint16_t port);
void AddFault(std::uint16_t port, const Json& fault);

// True as soon as the condition holds; false after the deadline.
bool Eventually(const std::function<bool()>& condition);

class WsClient {
  public:
    // How a connection ended.
    struct End {
        bool closed_properly = false;  // with a close frame
        int code = 0;
    };

    WsClient(std::uint16_t port, const std::string& target);
    ~WsClient();

    void Send(const std::string& text);
    std::string Read();
    Json ReadJson() { return Json::parse(Read()); }
    // Reads past messages until the connection ends.
    End ReadToEnd();

    // Sends a request and skips market messages until its answer comes.
    Json Ask(const Json& request);
    void Subscribe(const std::vector<std::string>& streams);

  private:
    struct Connection;

    std::unique_ptr<Connection> connection_;
};

// A capture in the recorders' format, in a file that lives as long as this object.
class CaptureWriter {
  public:
    explicit CaptureWriter(
        const std::string& name, std::string market = "spot", std::string exchange = "binance"
    );
    ~CaptureWriter();

    void Message(const std::string& raw);
    void Snapshot(const std::string& symbol, const std::string& raw);
    // Completes the file; its path.
    std::string Finish();

  private:
    void Line(const char* transport, const std::string& raw, const std::string& url);

    const std::string market_;
    const std::string exchange_;
    std::filesystem::path path_;
    std::ofstream out_;
    std::int64_t time_ = 1'700'000'000'000'000'000;
};

std::vector<Json> ReadLog(const std::string& path);

}  // namespace mp::sim::testing
