#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <nlohmann/json.hpp>

#include "exchange-sim/simulator.hpp"

// What the simulator's own tests talk to it with: Beast's clients, blocking, with a deadline.
namespace mp::sim::testing {

namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = boost::asio::ip::tcp;
using Json = nlohmann::json;

inline constexpr std::chrono::seconds kPatience{10};

// A simulator on a free port, on a thread of its own.
class RunningSimulator {
  public:
    explicit RunningSimulator(Options options) {
        auto made = Simulator::Make(io_, std::move(options));
        if (!made.ok()) throw std::runtime_error(made.status().ToString());
        simulator_ = *std::move(made);
        port_ = simulator_->port();
        simulator_->Start([this] { simulator_->Stop(); });
        thread_ = std::thread([this] { io_.run(); });
    }

    ~RunningSimulator() {
        boost::asio::post(io_, [this] { simulator_->Stop(); });
        thread_.join();
    }

    std::uint16_t port() const { return port_; }

  private:
    boost::asio::io_context io_{1};
    std::unique_ptr<Simulator> simulator_;
    std::thread thread_;
    std::uint16_t port_ = 0;
};

inline http::response<http::string_body> Request(
    std::uint16_t port, http::verb verb, const std::string& target, const std::string& body = ""
) {
    boost::asio::io_context io;
    beast::tcp_stream stream(io);
    stream.connect(Tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
    http::request<http::string_body> request(verb, target, 11);
    request.set(http::field::host, "localhost");
    request.body() = body;
    request.prepare_payload();
    http::write(stream, request);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(64u << 20);
    http::read(stream, buffer, parser);
    return parser.release();
}

inline http::response<http::string_body> Get(std::uint16_t port, const std::string& target) {
    return Request(port, http::verb::get, target);
}

inline Json GetJson(std::uint16_t port, const std::string& target) {
    return Json::parse(Get(port, target).body());
}

inline Json SimStatus(std::uint16_t port) {
    return GetJson(port, "/sim/status");
}

inline void AddFault(std::uint16_t port, const Json& fault) {
    const auto reply = Request(port, http::verb::post, "/sim/fault", fault.dump());
    if (reply.result_int() != 200) throw std::runtime_error(reply.body());
}

// True as soon as the condition holds; false after the deadline.
inline bool Eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

class WsClient {
  public:
    WsClient(std::uint16_t port, const std::string& target) : stream_(io_) {
        stream_.next_layer().connect(Tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
        stream_.read_message_max(16u << 20);
        stream_.handshake("localhost:" + std::to_string(port), target);
    }

    void Send(const std::string& text) { stream_.write(boost::asio::buffer(text)); }

    std::string Read() {
        std::string message;
        if (const auto error = TryRead(message)) throw boost::system::system_error(error);
        return message;
    }

    // The error that ends the connection, reading past messages.
    boost::system::error_code ReadToEnd() {
        std::string message;
        while (true) {
            if (const auto error = TryRead(message)) return error;
        }
    }

    Json ReadJson() { return Json::parse(Read()); }

    // Sends a request and skips market messages until its answer comes.
    Json Ask(const Json& request) {
        Send(request.dump());
        while (true) {
            Json message = ReadJson();
            if (!message.contains("stream") && !message.contains("e") && !message.contains("u")) {
                return message;
            }
        }
    }

    void Subscribe(const std::vector<std::string>& streams) {
        Send(Json{{"method", "SUBSCRIBE"}, {"params", streams}, {"id", 1}}.dump());
    }

    auto& stream() { return stream_; }

  private:
    boost::system::error_code TryRead(std::string& message) {
        beast::flat_buffer buffer;
        boost::system::error_code result = boost::asio::error::timed_out;
        stream_.async_read(buffer, [&result](boost::system::error_code error, std::size_t) {
            result = error;
        });
        io_.restart();
        io_.run_for(kPatience);
        if (!io_.stopped()) {
            stream_.next_layer().close();
            io_.run();
            return boost::asio::error::timed_out;
        }
        message = beast::buffers_to_string(buffer.data());
        return result;
    }

    boost::asio::io_context io_;
    beast::websocket::stream<Tcp::socket> stream_;
};

// Lines of a capture for `file`, in the recorders' format.
class CaptureWriter {
  public:
    explicit CaptureWriter(const std::string& name)
        : path_(
              std::filesystem::temp_directory_path() /
              (name + "." + std::to_string(::getpid()) + ".jsonl")
          ),
          out_(path_) {}
    ~CaptureWriter() { std::filesystem::remove(path_); }

    void Message(const std::string& raw) { Line("ws", raw, ""); }
    void Snapshot(const std::string& symbol, const std::string& raw) {
        Line("rest", raw, "https://localhost/api/v3/depth?symbol=" + symbol + "&limit=1000");
    }
    std::string Finish() {
        out_.close();
        return path_;
    }

  private:
    void Line(const char* transport, const std::string& raw, const std::string& url) {
        out_ << Json{{"exchange", "binance"}, {"market", "spot"},      {"channel", ""},
                     {"data_type", ""},       {"transport", transport}, {"recv_ts_ns", ++time_},
                     {"url_or_stream", url},  {"direction", "in"},     {"raw", raw}}
             << "\n";
    }

    std::filesystem::path path_;
    std::ofstream out_;
    std::int64_t time_ = 1'700'000'000'000'000'000;
};

inline std::vector<Json> ReadLog(const std::string& path) {
    std::vector<Json> entries;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) entries.push_back(Json::parse(line));
    return entries;
}

}  // namespace mp::sim::testing
