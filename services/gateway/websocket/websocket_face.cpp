#include "gateway/websocket/websocket_face.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "gateway/candles/candle_session.hpp"
#include "gateway/guard/admission.hpp"
#include "gateway/guard/answer_filter.hpp"
#include "gateway/rest/error_answer.hpp"
#include "gateway/websocket/client_op.hpp"
#include "gateway/websocket/frames.hpp"
#include "runtime/channel.hpp"
#include "runtime/first_of.hpp"
#include "runtime/task_group.hpp"

namespace mp::gateway {

namespace {

using namespace std::chrono_literals;

constexpr size_t kRowsAtOnce = 256;
constexpr size_t kOutgoingPieces = 4;
constexpr size_t kMaxSubscriptions = 64;
constexpr std::string_view kPing{"\x89\x00", 2};  // RFC 6455: a whole ping without payload

// One client: a reader, a writer, and a pump a subscription. The pumps wait for the writer, the
// writer for the client, so that a slow client fills its own queues only.
class Client {
  public:
    Client(
        net::WebSocket& socket,
        Live& live,
        History& history,
        Admission admission,
        Limits& limits,
        const WebSocketConfig& config,
        telemetry::Counter undecodable,
        const Clock& clock,
        Executor executor
    )
        : socket_(socket),
          live_(live),
          history_(history),
          admission_(std::move(admission)),
          limits_(limits),
          config_(config),
          undecodable_(undecodable),
          clock_(clock),
          pumps_(std::move(executor), 2 * kMaxSubscriptions) {}

    Task<> Run() {
        static_cast<void>(co_await runtime::FirstOf(Read(), Write(), pumps_.Wait()));
        const Status admitted = admission_.Check();
        if (admitted.ok()) co_return;
        static_cast<void>(co_await socket_.Close(
            net::kClosePolicyViolation, MessageOf(admitted), Deadline::After(1s)
        ));
    }

  private:
    struct Subscription {
        std::unique_ptr<LiveSession> session;  // one of the two
        std::unique_ptr<CandleSession> candles;
        bool ended = false;
    };

    // A client that has been silent is asked whether it is there: its answer is something read.
    Task<Status> Read() {
        uint64_t asked_at = UINT64_MAX;  // how much it had sent when it was last asked
        for (;;) {
            const auto message = co_await socket_.Receive(Deadline::After(config_.ping_every));
            const uint64_t received = socket_.stats().bytes_received;
            if (absl::IsDeadlineExceeded(message.status())) {
                EndIfRevoked();
                if (received == std::exchange(asked_at, received)) co_return message.status();
                co_await outgoing_.Send(std::string(kPing));
                continue;
            }
            if (!message.ok()) co_return message.status();
            const std::string text(message->data);
            co_await Handle(text);
        }
    }

    Task<> Handle(const std::string& text) {
        Frames frames;
        std::string id;
        Result<ClientOp> op = ParseClientOp(text, id);
        const reliability::RateDecision rate = limits_.Check(*admission_.caller(), false);
        if (!rate.allowed) op = RefusalOf(rate);
        if (const Status& admitted = admission_.Check(); !admitted.ok()) op = admitted;
        Status done = op.status();
        if (op.ok() && op->kind == ClientOp::Kind::kUnsubscribe) done = Unsubscribe(op->id);
        if (op.ok() && op->kind == ClientOp::Kind::kSubscribe) done = co_await Subscribe(*op);
        if (done.ok()) co_return;
        frames.Error(id, done);
        co_await outgoing_.Send(frames.Take());
        EndIfRevoked();
    }

    // Once every subscription has said its last word, which is still written.
    void EndIfRevoked() {
        if (!admission_.Check().ok() && subscriptions_.empty()) outgoing_.Close();
    }

    Status Unsubscribe(const std::string& id) {
        const auto it = subscriptions_.find(id);
        if (it == subscriptions_.end()) return absl::NotFoundError("id: no subscription " + id);
        it->second->ended = true;
        return OkStatus();
    }

    Task<Status> Subscribe(ClientOp& op) {
        if (subscriptions_.count(op.id) != 0) {
            co_return absl::AlreadyExistsError("id: " + op.id + " is already subscribed");
        }
        if (subscriptions_.size() >= kMaxSubscriptions) {
            co_return absl::ResourceExhaustedError(
                "at most " + std::to_string(kMaxSubscriptions) + " subscriptions a connection"
            );
        }
        auto subscription = std::make_shared<Subscription>();
        const bool candles = !op.candles.series.empty();
        Task<Status> opening =
            candles ? OpenCandles(op, *subscription) : OpenEvents(op, *subscription);
        Status opened = co_await std::move(opening);
        if (!opened.ok()) co_return opened;
        subscriptions_[op.id] = subscription;
        Status begun =
            pumps_.Spawn(candles ? PumpCandles(op.id, subscription) : Pump(op.id, subscription));
        if (!begun.ok()) subscriptions_.erase(op.id);
        co_return begun;
    }

    Task<Status> OpenEvents(ClientOp& op, Subscription& subscription) {
        auto session = co_await live_.Open(std::move(op.request), Deadline::After(10s));
        if (!session.ok()) co_return session.status();
        subscription.session = std::move(*session);
        co_return OkStatus();
    }

    Task<Status> OpenCandles(ClientOp& op, Subscription& subscription) {
        subscription.candles = std::make_unique<CandleSession>(live_, history_, clock_);
        co_return co_await subscription.candles->Start(std::move(op.candles), Deadline::After(10s));
    }

    Task<bool> SendCandle(
        const std::string& id, const CandleSeries& series, uint64_t revision, const pb::Candle& bar
    ) {
        Frames frames;
        frames.Candle(id, series, revision, bar);
        co_return co_await outgoing_.Send(frames.Take());
    }

    Task<Status> PumpCandles(std::string id, std::shared_ptr<Subscription> subscription) {
        Frames frames;
        frames.Simple("ack", id, "op", "subscribe");
        co_await outgoing_.Send(frames.Take());
        CandleSession::Give give =
            [this, &id](const CandleSeries& series, uint64_t revision, const pb::Candle& bar) {
                return SendCandle(id, series, revision, bar);
            };
        std::function<bool()> stopped = [this, &subscription] {
            return subscription->ended || !admission_.Check().ok();
        };
        Status ended = co_await subscription->candles->Run(std::move(give), std::move(stopped));
        if (ended.ok()) ended = admission_.Check();
        if (!ended.ok()) frames.Error(id, ended);
        if (subscription->ended) frames.Simple("ack", id, "op", "unsubscribe");
        subscription->candles.reset();
        co_await outgoing_.Send(frames.Take());
        subscriptions_.erase(id);
        EndIfRevoked();
        co_return OkStatus();
    }

    Task<Status> Pump(std::string id, std::shared_ptr<Subscription> subscription) {
        Frames frames(undecodable_);
        frames.Simple("ack", id, "op", "subscribe");
        co_await outgoing_.Send(frames.Take());
        LiveOutput out;
        std::string token;
        while (!subscription->ended) {
            Status next = admission_.Check();
            if (next.ok()) {
                next = co_await subscription->session->Next(
                    out, kRowsAtOnce, true, Deadline::After(250ms)
                );
            }
            if (!next.ok()) {
                frames.Error(id, next, token);
                break;
            }
            Render(id, out, frames);
            token = out.token;
            if (frames.empty()) continue;
            live_.Observe(out, clock_.Now());
            const bool sent = co_await outgoing_.Send(frames.Take());
            if (!sent) co_return OkStatus();
        }
        if (subscription->ended) frames.Simple("ack", id, "op", "unsubscribe");
        subscription->session.reset();
        co_await outgoing_.Send(frames.Take());
        subscriptions_.erase(id);
        EndIfRevoked();
        co_return OkStatus();
    }

    static void Render(const std::string& id, const LiveOutput& out, Frames& frames) {
        for (const LiveGap& gap : out.gaps) frames.Gap(id, gap);
        if (out.lagged != 0) frames.Lagged(id, out.lagged);
        for (const LiveRow& row : out.rows) {
            frames.Event(id, row, &row == &out.rows.back() ? out.token : row.token);
        }
        if (out.live) frames.Simple("live", id);
    }

    Task<Status> Write() {
        for (;;) {
            const auto piece = co_await outgoing_.Receive();
            if (!piece) co_return OkStatus();
            socket_.QueueEncoded(*piece);
            MP_CO_RETURN_IF_ERROR(co_await socket_.Flush(Deadline::After(config_.write_timeout)));
        }
    }

    net::WebSocket& socket_;
    Live& live_;
    History& history_;
    Admission admission_;
    Limits& limits_;
    const WebSocketConfig& config_;
    const telemetry::Counter undecodable_;
    const Clock& clock_;
    runtime::Channel<std::string> outgoing_{kOutgoingPieces};
    std::map<std::string, std::shared_ptr<Subscription>> subscriptions_;  // shared with the pumps
    // A little more than there are subscriptions: one that ends has been forgotten before.
    runtime::TaskGroup pumps_;
};

}  // namespace

WebSocketFace::WebSocketFace(
    Live& live,
    History& history,
    const Callers& callers,
    Limits& limits,
    WebSocketConfig config,
    telemetry::MetricRegistry& metrics,
    const Clock& clock
)
    : live_(live),
      history_(history),
      callers_(callers),
      limits_(limits),
      config_(config),
      clock_(clock),
      undecodable_(metrics.MakeCounter(
          "marketprism_websocket_undecodable_total", "Events that no frame could be made of."
      )) {}

void WebSocketFace::Mount(net::Router& router) {
    router.HandleWebSocket(
        "/api/v1/stream",
        [this](net::WebSocket& socket, const net::HttpRequest& request) {
            return Serve(socket, request);
        }
    );
}

Task<> WebSocketFace::Serve(net::WebSocket& socket, const net::HttpRequest& request) {
    const Executor executor = co_await asio::this_coro::executor;
    Admission admission(callers_, CredentialOf(request));
    if (!admission.caller().ok()) co_return;  // the key was revoked this moment
    if (open_ >= config_.max_connections) {
        co_await socket.Close(
            net::kCloseTryAgainLater, "too many connections", Deadline::After(1s)
        );
        co_return;
    }
    struct Open {
        size_t& count;
        explicit Open(size_t& of) : count(of) { ++count; }
        ~Open() { --count; }
    } counted(open_);
    Client client(
        socket,
        live_,
        history_,
        std::move(admission),
        limits_,
        config_,
        undecodable_,
        clock_,
        executor
    );
    co_await client.Run();
}

}  // namespace mp::gateway
