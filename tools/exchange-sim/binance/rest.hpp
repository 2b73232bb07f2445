#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "exchange-sim/binance/backend.hpp"
#include "exchange-sim/binance/exchange_info.hpp"
#include "exchange-sim/binance/market_kind.hpp"
#include "exchange-sim/binance/weight.hpp"
#include "exchange-sim/faults.hpp"
#include "exchange-sim/http_message.hpp"

namespace mp::sim::binance {

// /api/v3 of the spot market, and its like of contracts: weights, limits, rows and error bodies as
// the exchange documents them.
class Rest {
  public:
    Rest(
        const MarketKind& market,
        const std::string& mount,
        Backend& backend,
        const ExchangeInfo& info,
        FaultPlan& faults,
        WeightLimiter& weights
    )
        : market_(market),
          prefix_(mount.empty() ? "" : mount + ":"),
          backend_(backend),
          info_(info),
          faults_(faults),
          weights_(weights) {}

    boost::asio::awaitable<HttpReply> Handle(HttpRequest request);

    static HttpReply Error(int status, int code, std::string_view message);
    static std::string TooMuchWeight(int limit);
    static std::string Banned(std::int64_t until_ms);

  private:
    using Names = std::vector<std::string>;

    HttpReply Route(const HttpRequest& request) const;
    boost::asio::awaitable<HttpReply> Depth(const HttpRequest& request);
    HttpReply ExchangeInfoAnswer(const HttpRequest& request) const;
    HttpReply Klines(const HttpRequest& request) const;
    HttpReply Rows(const HttpRequest& request) const;
    HttpReply Tickers(const HttpRequest& request) const;
    HttpReply OpenInterest(const HttpRequest& request) const;
    HttpReply FundingRates(const HttpRequest& request) const;
    int WeightOf(const HttpRequest& request) const;
    std::optional<HttpReply> CheckSymbol(const HttpRequest& request) const;
    std::optional<HttpReply> ReadNames(const HttpRequest& request, Names& names) const;

    const MarketKind& market_;
    const std::string prefix_;  // of symbols, as faults name them
    Backend& backend_;
    const ExchangeInfo& info_;
    FaultPlan& faults_;
    WeightLimiter& weights_;
};

}  // namespace mp::sim::binance
