#include "exchange-sim/binance/spot_venue.hpp"

#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::binance {

SpotVenue::SpotVenue(
    Hub& hub,
    EvidenceLog& log,
    FaultPlan& faults,
    Backend& backend,
    const ExchangeInfo& info,
    int weight_limit,
    bool recorded_clock
)
    : backend_(backend),
      rest_(backend, info, faults, weight_limit),
      ws_(hub,
          log,
          [this](const StreamName& name) {
              if (name.channel != Channel::kKline) return;
              const std::int64_t interval = IntervalMillis(name.interval);
              if (interval > 0) backend_.WantCandles(interval);
          }),
      weight_limit_(weight_limit),
      recorded_clock_(recorded_clock) {}

bool SpotVenue::AcceptsSocket(const HttpRequest& request) const {
    return request.path == "/ws" || request.path == "/stream" || request.path == "/" ||
           request.path.starts_with("/ws/");
}

void SpotVenue::OnOpen(WsSession& session, const HttpRequest& request) {
    session.wrapped = request.path == "/stream";
    session.recorded_clock =
        recorded_clock_ && request.Parameter("simClock").value_or("") == "recorded";
    std::string_view names = request.path;
    if (!ConsumePrefix(names, "/ws/")) names = request.Parameter("streams").value_or("");
    for (const std::string_view name : Split(names, '/')) {
        ws_.Subscribe(session, name);
    }
}

void SpotVenue::OnText(WsSession& session, std::string_view text) {
    const std::string answer = ws_.Handle(session, text);
    if (!answer.empty()) session.SendText(answer);
}

boost::asio::awaitable<HttpReply> SpotVenue::OnRequest(const HttpRequest& request) {
    co_return co_await rest_.Handle(request);
}

std::string SpotVenue::LimitExceeded(bool banned, int retry_after_s) const {
    if (banned) return Rest::Banned(WallMillis() + retry_after_s * 1000);
    return Rest::TooMuchWeight(weight_limit_);
}

std::string SpotVenue::ShutdownNotice(bool wrapped) const {
    const std::string event = Concat("{\"e\":\"serverShutdown\",\"E\":", WallMillis(), "}");
    return wrapped ? Concat("{\"stream\":\"!serverShutdown\",\"data\":", event, "}") : event;
}

}  // namespace mp::sim::binance
