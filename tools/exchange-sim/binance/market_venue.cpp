#include "exchange-sim/binance/market_venue.hpp"

#include <algorithm>

#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::binance {

MarketVenue::MarketVenue(
    const MarketKind& market,
    const std::string& mount,
    Hub& hub,
    EvidenceLog& log,
    FaultPlan& faults,
    Backend& backend,
    const ExchangeInfo& info,
    WeightLimiter& weights
)
    : market_(market),
      mount_(mount.empty() ? "" : "/" + mount),
      backend_(backend),
      rest_(market, mount, backend, info, faults, weights),
      ws_(market,
          mount.empty() ? "" : mount + ":",
          hub,
          log,
          [this](const StreamName& name) {
              if (name.channel != Channel::kKline) return;
              const std::int64_t interval = IntervalMillis(name.interval);
              if (interval > 0) backend_.WantCandles(interval);
          }),
      weights_(weights) {}

std::optional<MarketVenue::Address> MarketVenue::AddressOf(std::string_view path) const {
    if (!mount_.empty() && (!ConsumePrefix(path, mount_) || !path.starts_with('/'))) {
        return std::nullopt;
    }
    for (const std::string_view route : {"public", "market"}) {
        std::string_view rest = path;
        if (IsSpot(market_) || !ConsumePrefix(rest, "/") || !ConsumePrefix(rest, route)) continue;
        if (rest.starts_with('/')) return Address{route, rest};
    }
    return Address{"", path};
}

bool MarketVenue::AcceptsRequest(const HttpRequest& request) const {
    return mount_.empty() || request.path.starts_with(market_.api);
}

bool MarketVenue::AcceptsSocket(const HttpRequest& request) const {
    const auto address = AddressOf(request.path);
    if (!address) return false;
    const std::string_view path = address->path;
    return path == "/ws" || path == "/stream" || path == "/" || path.starts_with("/ws/");
}

void MarketVenue::OnOpen(WsSession& session, const HttpRequest& request) {
    const Address address = AddressOf(request.path).value_or(Address{"", request.path});
    session.route = address.route;
    session.wrapped = address.path == "/stream";
    std::string_view names = address.path;
    if (!ConsumePrefix(names, "/ws/")) names = request.Text("streams");
    for (const std::string_view name : Split(names, '/')) {
        ws_.Subscribe(session, name);
    }
}

void MarketVenue::OnText(WsSession& session, std::string_view text) {
    const std::string answer = ws_.Handle(session, text);
    if (!answer.empty()) session.SendText(answer);
}

boost::asio::awaitable<HttpReply> MarketVenue::OnRequest(const HttpRequest& request) {
    co_return co_await rest_.Handle(request);
}

std::string MarketVenue::LimitExceeded(bool banned, int retry_after_s) const {
    if (banned) return Rest::Banned(WallMillis() + retry_after_s * 1000);
    return Rest::TooMuchWeight(weights_.limit());
}

WsLimits MarketVenue::LimitsOf(const WsLimits& asked) const {
    WsLimits limits = asked;
    limits.messages_per_second = std::max(asked.messages_per_second, market_.messages_per_second);
    return limits;
}

std::string MarketVenue::StrayError() const {
    return R"({"error":{"code":2,"msg":"Invalid request: unknown"}})";
}

std::string MarketVenue::ShutdownNotice(const WsSession& session) const {
    const std::string event = Concat("{\"e\":\"serverShutdown\",\"E\":", WallMillis(), "}");
    return session.wrapped ? Concat("{\"stream\":\"!serverShutdown\",\"data\":", event, "}")
                           : event;
}

}  // namespace mp::sim::binance
