// Binance's REST answers: listings, book snapshots, refusals. The first byte chooses which.
#include "collector/venues/binance/listings.hpp"
#include "collector/venues/binance/rest_book.hpp"
#include "fuzz.hpp"

namespace mp::fuzz {

std::vector<std::string> Seeds() {
    return {
        std::string("\0", 1) +
            R"({"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],"asks":[["4.00000200","12.00000000"]]})",
        "\1"
        R"({"timezone":"UTC","serverTime":1565246363776,"symbols":[{"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH","quoteAsset":"BTC","filters":[{"filterType":"PRICE_FILTER","minPrice":"0.1","tickSize":"0.01000000"},{"filterType":"LOT_SIZE","stepSize":"0.001"},{"filterType":"NOTIONAL","minNotional":"5","applyMinToMarket":true}]}]})",
        "\2"
        R"({"symbols":[{"symbol":"BTCUSD_211231","pair":"BTCUSD","contractType":"NEXT_QUARTER","deliveryDate":1640937600000,"onboardDate":1624608000000,"contractStatus":"TRADING","contractSize":100,"marginAsset":"BTC","baseAsset":"BTC","quoteAsset":"USD","filters":[{"notional":"5","filterType":"MIN_NOTIONAL"}]}]})",
        "\3"
        R"({"code":-1121,"msg":"Invalid symbol."})",
    };
}

void TryListings(std::string_view body, model::Market market) {
    const auto page = collector::binance::ParseExchangeInfo(body, "binance", market);
    if (!page.ok()) return;
    for (const auto& listing : page->listings) {
        Require(!listing.instrument.symbol.empty(), "a listing has a symbol");
    }
}

void Try(std::string_view bytes) {
    Input input(bytes);
    switch (input.Byte() % 4) {
        case 0:
            if (const auto book = collector::binance::ParseDepth(input.rest(), 1000); book.ok()) {
                Require(book->bids.size() <= input.rest().size(), "levels come from the body");
            }
            break;
        case 1:
            TryListings(input.rest(), model::Market::kSpot);
            break;
        case 2:
            TryListings(input.rest(), model::Market::kInverse);
            break;
        default:
            collector::binance::ParseRefusal(input.rest());
    }
}

}  // namespace mp::fuzz
