#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "exchange-sim/bybit/instruments.hpp"
#include "exchange-sim/bybit/market_feed.hpp"
#include "exchange-sim/http_message.hpp"
#include "exchange-sim/request_rate.hpp"
#include "exchange-sim/stream_rest.hpp"

namespace mp::sim::bybit {

// /v5/market. A recording answers with what it has sent so far; klines, funding and open interest
// were not recorded by REST, and of them it has nothing to say.
class Rest : StreamRest<Instruments, MarketFeed> {
  public:
    // `feed`: null where a recording is served.
    Rest(
        const Instruments& instruments, Source& source, const MarketFeed* feed, RequestTally& tally
    )
        : StreamRest(instruments, source, feed), rate_(tally) {}

    boost::asio::awaitable<HttpReply> Handle(const HttpRequest& request);

    static std::string TooManyVisits();

  private:
    // The `result` of the answer; nothing for an unknown path.
    std::optional<std::string> Result(const HttpRequest& request, const std::string& key) const;
    std::string Listed(const HttpRequest& request) const;
    std::string Trades(const std::string& key, std::size_t limit) const;
    std::string Klines(const HttpRequest& request, const std::string& key, std::size_t limit) const;
    std::string Funding(const HttpRequest& request, const std::string& key, std::size_t limit)
        const;
    std::string Tickers(std::string_view category, const std::string& key) const;

    RequestRate rate_;
};

}  // namespace mp::sim::bybit
