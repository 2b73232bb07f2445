// REST answers of OKX, Deribit and Bybit: listings, book snapshots, refusals. The first byte
// chooses which.
#include "collector/venues/bybit/rest.hpp"
#include "collector/venues/deribit/rest.hpp"
#include "collector/venues/okx/rest.hpp"
#include "fuzz.hpp"

namespace mp::fuzz {
namespace {

void Check(const Result<collector::ListingPage>& page) {
    if (!page.ok()) return;
    for (const auto& listing : page->listings) {
        Require(!listing.instrument.symbol.empty(), "a listing has a symbol");
    }
}

void Check(const Result<collector::SnapshotData>& book, std::string_view body) {
    if (book.ok()) Require(book->bids.size() <= body.size(), "levels come from the body");
}

}  // namespace

std::vector<std::string> Seeds() {
    return {
        std::string("\0", 1) +
            R"({"code":"0","msg":"","data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","uly":"BTC-USDT","settleCcy":"USDT","state":"live","tickSz":"0.1","lotSz":"0.01","ctVal":"0.01","ctMult":"1","ctValCcy":"BTC","ctType":"linear","listTime":"1606468572000"}]})",
        "\1"
        R"({"code":"0","msg":"","data":[{"asks":[["41006.8","0.60038921","0","1"]],"bids":[["41006.3","0.30178218","0","2"]],"ts":"1629966436396","seqId":3235851742}]})",
        "\2"
        R"({"jsonrpc":"2.0","result":[{"tick_size":0.5,"settlement_period":"perpetual","settlement_currency":"BTC","quote_currency":"USD","min_trade_amount":10.0,"kind":"future","is_active":true,"instrument_type":"reversed","instrument_name":"BTC-PERPETUAL","expiration_timestamp":32503708800000,"creation_timestamp":1534167754000,"contract_size":10.0,"base_currency":"BTC"}]})",
        "\3"
        R"({"jsonrpc":"2.0","result":{"timestamp":1550757626706,"change_id":2461,"bids":[[3955.75,30.0]],"asks":[[2.0e3,1]]}})",
        "\4"
        R"({"retCode":0,"retMsg":"OK","result":{"list":[{"symbol":"BTCUSDT","contractType":"LinearPerpetual","status":"Trading","baseCoin":"BTC","quoteCoin":"USDT","launchTime":"1584230400000","deliveryTime":"0","priceFilter":{"tickSize":"0.10"},"lotSizeFilter":{"minOrderQty":"0.001","qtyStep":"0.001","minNotionalValue":"5"},"settleCoin":"USDT"}],"nextPageCursor":"a%3D1"}})",
        "\5"
        R"({"retCode":0,"retMsg":"OK","result":{"s":"BTCUSDT","a":[["16638.64","0.008479"]],"b":[["16638.27","0.305749"]],"ts":1672765737733,"u":5277055,"cts":1672765737730}})",
        "\6"
        R"({"error":{"code":-32602,"message":"Invalid params"},"retMsg":"x","msg":"y"})",
    };
}

void Try(std::string_view bytes) {
    Input input(bytes);
    const unsigned char which = input.Byte() % 7;
    const std::string_view body = input.rest();
    switch (which) {
        case 0:
            return Check(collector::okx::ParseInstruments(body, "okx", model::Market::kLinear));
        case 1:
            return Check(collector::okx::ParseBooks(body, 400), body);
        case 2:
            return Check(
                collector::deribit::ParseInstruments(body, "deribit", model::Market::kInverse)
            );
        case 3:
            return Check(collector::deribit::ParseOrderBook(body), body);
        case 4:
            return Check(collector::bybit::ParseInstruments(body, "bybit", model::Market::kLinear));
        case 5:
            return Check(collector::bybit::ParseOrderBook(body), body);
        default:
            collector::okx::ParseRefusal(body);
            collector::deribit::ParseRefusal(body);
            collector::bybit::ParseRefusal(body);
    }
}

}  // namespace mp::fuzz
