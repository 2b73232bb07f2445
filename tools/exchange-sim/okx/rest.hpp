#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "exchange-sim/http_message.hpp"
#include "exchange-sim/okx/instruments.hpp"
#include "exchange-sim/okx/market_feed.hpp"
#include "exchange-sim/request_rate.hpp"
#include "exchange-sim/stream_rest.hpp"

namespace mp::sim::okx {

// /api/v5: public data. A recording answers with what it has sent so far; candles, funding and open
// interest were not recorded by REST, and of them it has nothing to say.
class Rest : StreamRest<Instruments, MarketFeed> {
  public:
    // `feed`: null where a recording is served.
    Rest(
        const Instruments& instruments, Source& source, const MarketFeed* feed, RequestTally& tally
    )
        : StreamRest(instruments, source, feed), rate_(tally) {}

    boost::asio::awaitable<HttpReply> Handle(const HttpRequest& request);

    static std::string TooManyRequests();

  private:
    struct Paging {
        std::optional<std::int64_t> before;  // newer than
        std::optional<std::int64_t> after;   // older than
        std::size_t limit = 100;

        bool Takes(std::int64_t key) const {
            return key > before.value_or(key - 1) && key < after.value_or(key + 1);
        }
    };
    static Paging ReadPaging(const HttpRequest& request, std::int64_t most);

    // The rows of the answer; nothing for an unknown path.
    std::optional<std::string> Rows(const HttpRequest& request) const;
    std::string Listed(const HttpRequest& request) const;
    std::string Trades(const HttpRequest& request, std::string_view id) const;
    std::string RecordedTrades(std::string_view id, const Paging& paging) const;
    std::string Candles(const HttpRequest& request, std::string_view id) const;
    std::string FundingHistory(const HttpRequest& request, std::string_view id) const;
    std::string Current(std::string_view path, const HttpRequest& request) const;

    RequestRate rate_;
};

}  // namespace mp::sim::okx
