#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "exchange-sim/deribit/instruments.hpp"
#include "exchange-sim/deribit/market_feed.hpp"
#include "exchange-sim/http_message.hpp"
#include "exchange-sim/stream_rest.hpp"

namespace mp::sim::deribit {

// The public methods that answer alike by HTTP and on a socket. A recording answers with what it
// has sent so far; of charts and past funding it has nothing to say.
class Methods : StreamRest<Instruments, MarketFeed> {
  public:
    // What stands in the answer: a result or an error object.
    struct Answer {
        std::string json;
        bool error = false;
    };

    // `feed`: null where a recording is served.
    Methods(const Instruments& instruments, Source& source, const MarketFeed* feed)
        : StreamRest(instruments, source, feed) {}

    // `method`: "public/get_order_book"; parameters are the request's query.
    boost::asio::awaitable<Answer> Call(std::string_view method, const HttpRequest& parameters)
        const;

    static Answer Error(int code, std::string_view message, std::string_view reason = "");

  private:
    boost::asio::awaitable<Answer> OrderBook(const HttpRequest& parameters) const;
    Answer Trades(std::string_view method, const HttpRequest& parameters) const;
    std::vector<std::pair<std::int64_t, std::string>> TradesOf(std::string_view name, bool by_time)
        const;
    Answer Chart(const HttpRequest& parameters) const;
    Answer Funding(const HttpRequest& parameters) const;
    Answer Ticker(const HttpRequest& parameters) const;
    Answer Summary(const HttpRequest& parameters) const;
};

}  // namespace mp::sim::deribit
