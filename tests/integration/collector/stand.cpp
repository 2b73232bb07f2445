#include "stand.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "net/http_client.hpp"
#include "testing/eventually.hpp"

namespace mp::collector_test {
namespace {

using namespace std::chrono_literals;

void Need(bool good, const std::string& what) {
    if (!good) throw std::runtime_error(what);
}

std::filesystem::path Source() {
    const char* folder = std::getenv("MP_SOURCE_DIR");
    return folder == nullptr ? std::filesystem::current_path() : std::filesystem::path(folder);
}

}  // namespace

Stand::Stand(
    std::vector<std::string> sim_arguments,
    std::vector<std::string> settings,
    testing::NatsServer::Options broker
)
    : nats_(std::move(broker)),
      sim_arguments_(std::move(sim_arguments)),
      settings_(std::move(settings)) {
    const Status started = nats_.Start();
    Need(started.ok(), started.ToString());
    std::filesystem::create_directories(folder_ / "config");
    for (const char* file : {"base.yaml", "development.yaml"}) {
        std::filesystem::copy_file(
            Source() / "services/collector/config" / file, folder_ / "config" / file
        );
    }
}

void Stand::StartSim() {
    std::vector<std::string> arguments = {
        "--host",
        "127.0.0.1",
        "--port-file",
        (folder_ / "sim.port").string(),
        "--emit-config",
        (folder_ / "config" / "local.yaml").string(),
        "--log",
        (folder_ / "evidence").string()};
    arguments.insert(arguments.end(), sim_arguments_.begin(), sim_arguments_.end());
    sim_ = std::make_unique<testing::ChildProcess>(testing::ChildOptions{
        .program = "mp-exchange-sim", .arguments = arguments});
    const bool up =
        sim_->WaitFor([&] { return !testing::ReadFile(folder_ / "sim.port").empty(); }, 20s);
    Need(up, "the simulator did not start: " + sim_->Output());
    sim_port_ = std::stoi(testing::ReadFile(folder_ / "sim.port"));
    Need(
        testing::Eventually([&] {
            return !testing::ReadFile(folder_ / "config/local.yaml").empty();
        }),
        "no configuration from the simulator"
    );
}

void Stand::StartCollector() {
    std::vector<std::string> arguments = {"--config-dir", (folder_ / "config").string()};
    std::vector<std::string> settings = {
        "bus.url=" + nats_.url(),
        "spool.path=" + (folder_ / "spool").string(),
        "http.port=0",
        "grpc.port=0",
        "log.format=text"};
    settings.insert(settings.end(), settings_.begin(), settings_.end());
    for (const std::string& setting : settings) {
        arguments.push_back("--set");
        arguments.push_back(setting);
    }
    collector_ = std::make_unique<testing::ChildProcess>(testing::ChildOptions{
        .program = "mp-collector", .arguments = arguments});
    const bool up = collector_->WaitForOutput("connected connection", 30s);
    Need(up, "no feed: " + collector_->Output());
    const std::string output = collector_->Output();
    std::smatch port;
    Need(std::regex_search(output, port, std::regex("http_port=(\\d+)")), "no port: " + output);
    collector_port_ = std::stoi(port[1]);
}

std::string Stand::AskCollector(const std::string& path) {
    return Fetch("http://127.0.0.1:" + std::to_string(collector_port_) + path, {});
}

double Stand::Metric(const std::string& name) {
    std::istringstream lines(AskCollector("/metrics"));
    double sum = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name)) sum += std::stod(line.substr(line.rfind(' ') + 1));
    }
    return sum;
}

BusLog& Stand::log() {
    if (!log_) log_ = std::make_unique<BusLog>(nats_.url());
    return *log_;
}

std::string Stand::AskSim(const std::string& path, const std::string& body) {
    return Fetch("http://127.0.0.1:" + std::to_string(sim_port_) + "/sim/" + path, body);
}

std::string Stand::Fetch(const std::string& url, const std::string& body) {
    net::HttpClient client(runner_.executor());
    net::HttpClientRequest request;
    request.url = url;
    request.method = body.empty() ? net::HttpMethod::kGet : net::HttpMethod::kPost;
    request.body = body;
    const auto answer = runner_.Run(client.Send(std::move(request), Deadline::After(5s)));
    return answer.ok() ? answer->body : answer.status().ToString();
}

std::vector<std::string> Stand::Evidence() const {
    std::ifstream in(folder_ / "evidence");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

}  // namespace mp::collector_test
