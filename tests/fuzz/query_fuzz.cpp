// Query strings, URLs and the parameters of the gateway's routes.
#include "fuzz.hpp"
#include "gateway/api/parameter.hpp"
#include "net/query_params.hpp"
#include "net/url.hpp"

namespace mp::fuzz {

std::vector<std::string> Seeds() {
    return {
        "exchange=binance&market=spot&symbol=BTC-USDT&start=2024-08-08T00:00:00Z&end=1723161255343",
        "data_type=trade&limit=100&depth=5&format=csv&interval=1m&cursor=abc",
        "symbol=%C3%A9%20+x&&=",
        "https://user.example:8443/path/a%20b?x=1#f",
        "ws://[::1]:80",
    };
}

void Try(std::string_view input) {
    using Kind = gateway::ParameterKind;
    static constexpr gateway::Parameter kParameters[] = {
        {"exchange", Kind::kText, false, ""},
        {"market", Kind::kMarket, false, ""},
        {"symbol", Kind::kText, false, ""},
        {"data_type", Kind::kDataType, false, ""},
        {"start", Kind::kTime, false, ""},
        {"end", Kind::kTime, false, ""},
        {"limit", Kind::kLimit, false, ""},
        {"depth", Kind::kDepth, false, ""},
        {"format", Kind::kFormat, false, ""},
        {"interval", Kind::kInterval, false, ""},
        {"cursor", Kind::kText, false, ""},
    };
    if (const auto params = net::QueryParams::Parse(input); params.ok()) {
        const auto arguments = gateway::ParseArguments(kParameters, *params);
        if (arguments.ok()) {
            Require(arguments->limit >= 1 && arguments->limit <= gateway::kMaxLimit, "limit");
            Require(arguments->depth <= gateway::kMaxDepth, "depth");
        } else {
            gateway::OffendingParameter(arguments.status());
        }
    }
    if (const auto url = net::ParseUrl(input); url.ok()) {
        Require(!url->host.empty() && url->target.starts_with('/'), "a URL is whole");
        const auto again = net::ParseUrl(url->scheme + "://" + url->Authority() + url->target);
        Require(again.ok() && again->host == url->host, "a URL's parts make the same URL");
    }
    const auto back = net::PercentDecode(net::PercentEncode(input));
    Require(back.ok() && *back == input, "escaping can be undone");
}

}  // namespace mp::fuzz
