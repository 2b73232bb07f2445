#include "mpctl/top/listener.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "net/websocket_client.hpp"
#include "runtime/sleep.hpp"

namespace mp::mpctl {
namespace {

using namespace std::chrono_literals;

constexpr size_t kInstruments = 3;
constexpr Duration kTimeout = 5s;
constexpr Duration kSilence = 30s;
constexpr Duration kPause = 1s;

// What exchanges stream; snapshots, metadata and claims have no latency worth showing.
constexpr std::array<std::string_view, 8> kStreamed = {
    "trade", "book_delta", "bbo", "ticker", "kline", "mark_price", "funding_rate", "liquidation"};

bool IsStreamed(const std::string& type) {
    return std::find(kStreamed.begin(), kStreamed.end(), type) != kStreamed.end();
}

}  // namespace

Json SampleOf(const Json& instruments, size_t most) {
    Json series = Json::array();
    std::map<std::string, size_t> taken;
    for (const Json& instrument : instruments.value("data", Json::array())) {
        const std::string exchange = StringOf(instrument, "exchange");
        const std::string market = StringOf(instrument, "market");
        for (const Json& type : instrument.value("data_types", Json::array())) {
            const std::string name = type.is_string() ? type.get<std::string>() : std::string();
            if (!IsStreamed(name) || taken[exchange + "/" + market + "/" + name]++ >= most)
                continue;
            series.push_back(
                {{"exchange", exchange},
                 {"market", market},
                 {"symbol", StringOf(instrument, "symbol")},
                 {"data_type", name}}
            );
        }
    }
    return series;
}

Task<Status> Listener::Run() {
    for (;;) {
        (co_await ListenOnce()).IgnoreError();
        co_await runtime::Sleep(kPause);
    }
}

Task<Status> Listener::ListenOnce() {
    const Result<Answer> instruments = co_await gateway_.Get("/api/v1/instruments");
    if (!instruments.ok()) co_return instruments.status();
    const Json series = SampleOf(instruments->json, kInstruments);
    if (series.empty()) co_return absl::NotFoundError("nothing is streamed yet");
    const Executor executor = co_await asio::this_coro::executor;
    net::WebSocketClientOptions options;
    options.headers = gateway_.KeyHeaders();
    options.tls = gateway_.options().tls;
    const std::string url = gateway_.WebSocketUrl() + "/api/v1/stream";
    auto socket = co_await net::ConnectWebSocket(
        executor, url, std::move(options), Deadline::After(kTimeout)
    );
    if (!socket.ok()) co_return socket.status();
    const Json subscribe = {{"op", "subscribe"}, {"id", "top"}, {"series", series}};
    MP_CO_RETURN_IF_ERROR(co_await socket->Send(subscribe.dump(), Deadline::After(kTimeout)));
    for (;;) {
        const auto message = co_await socket->Receive(Deadline::After(kSilence));
        if (!message.ok()) co_return message.status();
    }
}

}  // namespace mp::mpctl
