// A market made up, sent and compared: see the headers beside this file.
//
// usage: mp-chaos-source publish <events> <seed> <url of the broker> [messages a second]
//        mp-chaos-source compare <events> <seed> <gRPC address of a storage> <pages>
//        mp-chaos-source trades <events> <seed> <first> <count>   of the first series, one a line

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "chaos-source/compare.hpp"
#include "chaos-source/publish.hpp"

namespace {

void List(mp::chaos::Market& market, uint64_t first, uint64_t count) {
    for (uint64_t number = first; number < first + count && number < market.CountOf(0); ++number) {
        const mp::model::Event& event = market.Make(0, number);
        const auto& trade = std::get<mp::model::Trade>(event.body);
        std::printf(
            "%lld\t%llu\t%s\t%s\n",
            static_cast<long long>(event.order_ts),
            static_cast<unsigned long long>(trade.trade_id.number),
            trade.price.ToString().c_str(),
            trade.quantity.ToString().c_str()
        );
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    const std::string_view what = argc >= 5 ? argv[1] : "";
    const auto number = [&](int at) {
        return at < argc ? std::strtoull(argv[at], nullptr, 10) : uint64_t{0};
    };
    mp::chaos::Market market(number(2), number(3));
    if (what == "publish") {
        const uint64_t sent = mp::chaos::Publish(
            market, {number(2), number(3), argv[4], static_cast<double>(number(5))}
        );
        std::printf("%llu\n", static_cast<unsigned long long>(sent));
    } else if (what == "compare") {
        return mp::chaos::Compare(market, argv[4], number(5), number(3)) ? 0 : 1;
    } else if (what == "trades") {
        List(market, number(4), number(5));
    } else {
        std::fprintf(stderr, "usage: mp-chaos-source publish|compare|trades <events> <seed> ...\n");
        return 2;
    }
    return 0;
}
