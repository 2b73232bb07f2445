#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "mpctl/client/failure.hpp"
#include "mpctl/commands/command.hpp"
#include "mpctl/text/display_width.hpp"
#include "mpctl/text/format.hpp"
#include "net/websocket_client.hpp"
#include "runtime/sleep.hpp"

namespace mp::mpctl {
namespace {

using namespace std::chrono_literals;

constexpr Duration kConnectTimeout = 10s;
// The gateway pings who is silent twice as often (its live.ping_every).
constexpr Duration kSilence = 75s;
constexpr Duration kFirstPause = 500ms;
constexpr Duration kLongestPause = 10s;

struct StreamOptions {
    std::vector<std::string> symbols;
    std::string exchange = "binance";
    std::string market;
    std::vector<std::string> data_types = {"trade"};
    std::string mode;
    std::string from;
    std::string token;
    uint64_t count = 0;
};

// What tells an event apart on one line, without the members that every line has.
std::string Line(const Json& event) {
    std::string line = ShortTime(TextOf(event, "order_ts")) + "  " + TextOf(event, "exchange") +
                       " " + TextOf(event, "symbol") + " " + TextOf(event, "data_type");
    for (const auto& [name, value] : event.items()) {
        static const std::vector<std::string> kCommon = {
            "exchange",
            "market",
            "symbol",
            "data_type",
            "exchange_ts",
            "received_ts",
            "order_ts",
            "id"};
        if (std::find(kCommon.begin(), kCommon.end(), name) != kCommon.end()) continue;
        line += "  " + name + "=";
        line += value.is_array() ? "[" + std::to_string(value.size()) + "]"
                                 : TextOf(event, name.c_str());
    }
    return Printable(line);
}

// Follows a subscription through connections that break: each one resumes where the last ended.
class Follower {
  public:
    Follower(Context& context, StreamOptions options)
        : context_(context), options_(std::move(options)), token_(options_.token) {}

    Task<Result<int>> Run() {
        Duration pause = kFirstPause;
        for (;;) {
            const uint64_t before = seen_;
            const Status ended = co_await FollowOnce();
            if (done_) co_return kExitOk;
            if (refused_ || !connected_once_) co_return ended;
            std::cerr << "mpctl: " << MessageOf(ended) << ", connecting again\n";
            if (seen_ > before) pause = kFirstPause;
            co_await runtime::Sleep(pause);
            pause = std::min(pause * 2, kLongestPause);
        }
    }

  private:
    Task<Status> FollowOnce() {
        const Executor executor = co_await asio::this_coro::executor;
        net::WebSocketClientOptions options;
        options.headers = context_.gateway.KeyHeaders();
        options.tls = context_.gateway.options().tls;
        const std::string url = context_.gateway.WebSocketUrl() + "/api/v1/stream";
        auto socket = co_await net::ConnectWebSocket(
            executor, url, std::move(options), Deadline::After(kConnectTimeout)
        );
        if (!socket.ok()) co_return ConnectError(socket.status());
        connected_once_ = true;
        MP_CO_RETURN_IF_ERROR(
            co_await socket->Send(Subscription().dump(), Deadline::After(kConnectTimeout))
        );
        while (!done_) {
            const uint64_t pings = socket->stats().pings_received;
            const auto message = co_await socket->Receive(Deadline::After(kSilence));
            const bool quiet = absl::IsDeadlineExceeded(message.status());
            if (quiet && socket->stats().pings_received > pings) continue;
            if (!message.ok()) co_return message.status();
            MP_CO_RETURN_IF_ERROR(Take(message->data));
        }
        const Deadline deadline = Deadline::After(1s);
        (co_await socket->Close(net::kCloseNormal, "", deadline)).IgnoreError();
        co_return OkStatus();
    }

    Status ConnectError(const Status& status) {
        const bool no_answer = status.code() == StatusCode::kUnavailable ||
                               status.code() == StatusCode::kDeadlineExceeded;
        refused_ = !no_answer;
        return no_answer ? Unreachable(context_.gateway.options().url, status) : status;
    }

    Json Subscription() const {
        Json series = Json::array();
        for (const std::string& symbol : options_.symbols) {
            for (const std::string& type : options_.data_types) {
                Json one = {
                    {"exchange", options_.exchange}, {"symbol", symbol}, {"data_type", type}};
                if (!options_.market.empty()) one["market"] = options_.market;
                series.push_back(std::move(one));
            }
        }
        Json subscribe = {{"op", "subscribe"}, {"id", "mpctl"}, {"series", std::move(series)}};
        if (!options_.mode.empty()) subscribe["mode"] = options_.mode;
        if (!token_.empty()) {
            subscribe["token"] = token_;
        } else if (!options_.from.empty()) {
            subscribe["from"] = options_.from;
        }
        return subscribe;
    }

    Status Take(std::string_view text) {
        const Json frame = Json::parse(text, nullptr, false);
        if (!frame.is_object()) return absl::InternalError("the gateway sent no JSON");
        const std::string type = StringOf(frame, "type");
        const std::string token = StringOf(frame, "token");
        if (!token.empty()) token_ = token;
        if (type == "error") return TakeError(frame);
        if (context_.json) context_.out << text << "\n";
        if (type == "event") TakeEvent(frame.value("data", Json::object()));
        if (type == "gap" && !context_.json) {
            context_.out << "--- gap in " << TextOf(frame, "data_type") << ": "
                         << TextOf(frame, "reason") << "\n";
        }
        if (type == "lagged" && !context_.json) {
            context_.out << "--- " << TextOf(frame, "count") << " passed over: too slow\n";
        }
        context_.out << std::flush;
        if (!context_.out.good()) done_ = true;  // nobody reads any more
        return OkStatus();
    }

    void TakeEvent(const Json& event) {
        if (!context_.json) context_.out << Line(event) << "\n";
        ++seen_;
        if (options_.count != 0 && seen_ >= options_.count) done_ = true;
    }

    // An error with a token is an invitation to resume; any other one is final.
    Status TakeError(const Json& frame) {
        refused_ = StringOf(frame, "token").empty();
        const std::string words = StringOf(frame, "message");
        const std::string code = StringOf(frame, "code");
        if (code == "INVALID_ARGUMENT") return absl::InvalidArgumentError(words);
        if (code == "NOT_FOUND") return absl::NotFoundError(words);
        return absl::FailedPreconditionError(words.empty() ? code : words);
    }

    Context& context_;
    const StreamOptions options_;
    std::string token_;
    uint64_t seen_ = 0;
    bool connected_once_ = false;
    bool refused_ = false;
    bool done_ = false;
};

Task<Result<int>> FollowStream(Context& context, StreamOptions options) {
    Follower follower(context, std::move(options));
    co_return co_await follower.Run();
}

}  // namespace

void AddStream(CLI::App& app, Command& chosen) {
    auto options = std::make_shared<StreamOptions>();
    CLI::App* const command = app.add_subcommand("stream", "live events, until Ctrl-C");
    command->add_option("symbols", options->symbols, "one or several")->required();
    command->add_option("-e,--exchange", options->exchange, "the exchange")->capture_default_str();
    command->add_option("-m,--market", options->market, "spot, linear, inverse or option");
    command->add_option("-t,--data-type", options->data_types, "one or several")
        ->delimiter(',')
        ->capture_default_str();
    command->add_option("--mode", options->mode, "what happens when this end is too slow")
        ->check(CLI::IsMember({"disconnect", "conflate"}));
    command->add_option("--from", options->from, "history from this time on, then live");
    command->add_option("--token", options->token, "behind the event that carried it");
    command->add_option("-n,--count", options->count, "end after so many events");
    command->callback([&chosen, options] {
        chosen = [options](Context& context) { return FollowStream(context, *options); };
    });
}

}  // namespace mp::mpctl
