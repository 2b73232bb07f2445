#include "redis/connection.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "net/open_transport.hpp"
#include "redis/detail/session.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::redis {
namespace {

const telemetry::Logger kLog{"redis"};

constexpr std::array<std::string_view, 6> kOutcomes{
    "ok", "error", "timeout", "unavailable", "full", "unawaited"};
constexpr size_t kUnawaited = 5;

// Its place in kOutcomes.
size_t OutcomeOf(StatusCode code) {
    switch (code) {
        case StatusCode::kOk:
            return 0;
        case StatusCode::kDeadlineExceeded:
            return 2;
        case StatusCode::kUnavailable:
            return 3;
        case StatusCode::kResourceExhausted:
            return 4;
        default:
            return 1;
    }
}

// Ends what uses the session before it goes away, however it goes.
class Taking {
  public:
    Taking(detail::Session*& slot, detail::Session& session) : slot_(slot) { slot_ = &session; }
    ~Taking() { slot_ = nullptr; }
    Taking(const Taking&) = delete;
    Taking& operator=(const Taking&) = delete;

  private:
    detail::Session*& slot_;
};

}  // namespace

Connection::Connection(
    Executor executor,
    ConnectionConfig config,
    telemetry::MetricRegistry& metrics,
    std::optional<net::TlsContext> tls
)
    : executor_(std::move(executor)),
      config_(std::move(config)),
      tls_(std::move(tls)),
      name_("redis " + config_.address.Name()),
      connected_(metrics.MakeGauge(
          "marketprism_redis_connected", "Whether there is a connection to Redis."
      )),
      backoff_(config_.reconnect) {
    static_assert(kOutcomes.size() == std::tuple_size_v<decltype(commands_)>);
    const auto commands = metrics.Counters(
        "marketprism_redis_commands_total", "Commands given to Redis.", {"outcome"}
    );
    std::transform(kOutcomes.begin(), kOutcomes.end(), commands_.begin(), [&](auto outcome) {
        return commands.With({outcome});
    });
    connected_.Set(0);
}

Connection::~Connection() = default;

Task<Status> Connection::Run() {
    for (;;) {
        Lose(co_await Connect());
        co_await runtime::Sleep(backoff_.Next());
    }
}

Task<Status> Connection::Connect() {
    const net::Url url{
        .scheme = config_.address.secure ? "rediss" : "redis",
        .host = config_.address.host,
        .port = config_.address.port,
        .target = ""};
    auto transport =
        co_await net::OpenTransport(executor_, url, tls_, Deadline::After(config_.connect_timeout));
    if (!transport.ok()) co_return transport.status();
    // Not in this frame: the buffers are large.
    const auto session = std::make_unique<detail::Session>(**transport, config_);
    co_return co_await runtime::FirstOf(session->Run(), StayConnected(*session));
}

Task<Status> Connection::StayConnected(detail::Session& session) {
    MP_CO_RETURN_IF_ERROR(co_await session.Greet());
    const Taking taking(session_, session);
    kLog.Info("connected", {{"redis", name_}});
    state_ = {true, ""};
    connected_.Set(1);
    backoff_.Reset();
    co_await runtime::SleepUntil(Deadline::Never());
    co_return OkStatus();
}

void Connection::Lose(const Status& reason) {
    connected_.Set(0);
    std::string error = name_ + ": " + std::string(MessageOf(reason));
    // Once, not at each attempt.
    if (state_.connected || state_.error != error) {
        kLog.Warn("not connected", {{"redis", name_}, {"reason", reason}});
    }
    state_ = {false, std::move(error)};
}

Connection::Started Connection::Start(const Arguments& arguments) {
    Started call = session_ == nullptr ? Started(absl::UnavailableError(state_.error))
                                       : session_->Give(detail::Format(arguments));
    if (!call.ok()) commands_[OutcomeOf(call.status().code())].Add();
    return call;
}

Task<Result<Reply>> Connection::Finish(Started call, Deadline deadline) {
    if (!call.ok()) co_return call.status();
    const bool answered = co_await (*call)->answered.Wait(deadline);
    Result<Reply> reply = absl::DeadlineExceededError(name_ + ": no answer in time");
    if (answered) reply = std::move((*call)->reply);
    commands_[OutcomeOf(reply.status().code())].Add();
    co_return reply;
}

Task<Result<Reply>> Connection::Command(Arguments arguments, Deadline deadline) {
    Started call = Start(arguments);
    co_return co_await Finish(std::move(call), deadline);
}

Task<std::vector<Result<Reply>>> Connection::Pipeline(
    std::vector<Arguments> commands, Deadline deadline
) {
    std::vector<Started> calls;
    calls.reserve(commands.size());
    for (const Arguments& command : commands) calls.push_back(Start(command));
    std::vector<Result<Reply>> replies;
    replies.reserve(calls.size());
    for (Started& call : calls) {
        Result<Reply> reply = co_await Finish(std::move(call), deadline);
        replies.push_back(std::move(reply));
    }
    co_return replies;
}

Status Connection::Send(const Arguments& arguments) {
    const Started call = Start(arguments);
    if (call.ok()) commands_[kUnawaited].Add();
    return call.status();
}

}  // namespace mp::redis
