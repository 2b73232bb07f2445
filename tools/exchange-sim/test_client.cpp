#include "exchange-sim/test_client.hpp"

#include <stdexcept>
#include <thread>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include "exchange-sim/simulator.hpp"

namespace mp::sim::testing {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = boost::asio::ip::tcp;

constexpr std::chrono::seconds kPatience{10};

Tcp::endpoint Loopback(std::uint16_t port) {
    return {boost::asio::ip::address_v4::loopback(), port};
}

Reply Exchange(
    std::uint16_t port, http::verb verb, const std::string& target, const std::string& body
) {
    boost::asio::io_context io;
    beast::tcp_stream stream(io);
    stream.connect(Loopback(port));
    http::request<http::string_body> request(verb, target, 11);
    request.set(http::field::host, "localhost");
    request.body() = body;
    request.prepare_payload();
    http::write(stream, request);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(64u << 20);
    http::read(stream, buffer, parser);
    const auto& answer = parser.get();
    return {
        answer.result_int(),
        answer.body(),
        std::string(answer["X-MBX-USED-WEIGHT-1M"]),
        std::string(answer["Retry-After"])};
}

}  // namespace

struct RunningSimulator::Running {
    boost::asio::io_context io{1};
    std::unique_ptr<Simulator> simulator;
    std::thread thread;
};

RunningSimulator::RunningSimulator(Options options) : running_(std::make_unique<Running>()) {
    auto made = Simulator::Make(running_->io, std::move(options));
    if (!made.ok()) throw std::runtime_error(made.status().ToString());
    running_->simulator = *std::move(made);
    port_ = running_->simulator->port();
    running_->simulator->Start([this] { running_->simulator->Stop(); });
    running_->thread = std::thread([this] { running_->io.run(); });
}

RunningSimulator::~RunningSimulator() {
    boost::asio::post(running_->io, [this] { running_->simulator->Stop(); });
    running_->thread.join();
}

Reply Get(std::uint16_t port, const std::string& target) {
    return Exchange(port, http::verb::get, target, "");
}

Reply Post(std::uint16_t port, const std::string& target, const std::string& body) {
    return Exchange(port, http::verb::post, target, body);
}

Json GetJson(std::uint16_t port, const std::string& target) {
    return Get(port, target).json();
}

Json SimStatus(std::uint16_t port) {
    return GetJson(port, "/sim/status");
}

void AddFault(std::uint16_t port, const Json& fault) {
    const Reply reply = Post(port, "/sim/fault", fault.dump());
    if (reply.status != 200) throw std::runtime_error(reply.body);
}

bool Eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

struct WsClient::Connection {
    boost::asio::io_context io;
    beast::websocket::stream<Tcp::socket> stream{io};

    boost::system::error_code Read(std::string& message) {
        beast::flat_buffer buffer;
        boost::system::error_code result = boost::asio::error::timed_out;
        stream.async_read(buffer, [&result](boost::system::error_code error, std::size_t) {
            result = error;
        });
        io.restart();
        io.run_for(kPatience);
        if (!io.stopped()) {
            stream.next_layer().close();
            io.run();
            return boost::asio::error::timed_out;
        }
        message = beast::buffers_to_string(buffer.data());
        return result;
    }
};

WsClient::WsClient(std::uint16_t port, const std::string& target)
    : connection_(std::make_unique<Connection>()) {
    connection_->stream.next_layer().connect(Loopback(port));
    connection_->stream.read_message_max(16u << 20);
    connection_->stream.handshake("localhost:" + std::to_string(port), target);
}

WsClient::~WsClient() = default;

void WsClient::Send(const std::string& text) {
    connection_->stream.write(boost::asio::buffer(text));
}

std::string WsClient::Read() {
    std::string message;
    if (const auto error = connection_->Read(message)) throw boost::system::system_error(error);
    return message;
}

WsClient::End WsClient::ReadToEnd() {
    std::string message;
    while (true) {
        const auto error = connection_->Read(message);
        if (!error) continue;
        return {error == beast::websocket::error::closed, connection_->stream.reason().code};
    }
}

Json WsClient::Ask(const Json& request) {
    Send(request.dump());
    while (true) {
        Json message = ReadJson();
        if (!message.contains("stream") && !message.contains("e") && !message.contains("u")) {
            return message;
        }
    }
}

void WsClient::Subscribe(const std::vector<std::string>& streams) {
    Send(Json{{"method", "SUBSCRIBE"}, {"params", streams}, {"id", 1}}.dump());
}

CaptureWriter::CaptureWriter(const std::string& name, std::string market, std::string exchange)
    : market_(std::move(market)),
      exchange_(std::move(exchange)),
      path_(
          std::filesystem::temp_directory_path() /
          (name + "." + std::to_string(::getpid()) + ".jsonl")
      ),
      out_(path_) {}

CaptureWriter::~CaptureWriter() {
    std::filesystem::remove(path_);
}

void CaptureWriter::Message(const std::string& raw) {
    Line("ws", raw, "");
}

void CaptureWriter::Snapshot(const std::string& symbol, const std::string& raw) {
    Line("rest", raw, "https://localhost/api/v3/depth?symbol=" + symbol + "&limit=1000");
}

std::string CaptureWriter::Finish() {
    out_.close();
    return path_;
}

void CaptureWriter::Line(const char* transport, const std::string& raw, const std::string& url) {
    Json line{{"exchange", exchange_}, {"market", market_}, {"channel", ""}, {"data_type", ""}};
    line["transport"] = transport;
    line["recv_ts_ns"] = ++time_;
    line["url_or_stream"] = url;
    line["direction"] = "in";
    line["raw"] = raw;
    out_ << line << "\n";
}

std::vector<Json> ReadLog(const std::string& path) {
    std::vector<Json> entries;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) entries.push_back(Json::parse(line));
    return entries;
}

}  // namespace mp::sim::testing
