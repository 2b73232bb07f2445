#include "rows/event_json.hpp"

#include <gtest/gtest.h>
#include <vector>

#include <nlohmann/json.hpp>

namespace mp::rows {
namespace {

nlohmann::json Json(const model::Event& event) {
    const model::Instrument instrument{"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"};
    std::string text;
    JsonWriter json(text);
    WriteEvent(instrument, event, json);
    return nlohmann::json::parse(text);
}

TEST(EventJson, ShowsATradeWithEveryDigit) {
    model::Trade trade;
    trade.price = *Decimal::Parse("61837.63000000");
    trade.quantity = *Decimal::Parse("0.00000001");
    trade.side = model::Side::kSell;
    trade.trade_id.number = 18446744073709551615ull;
    const auto json = Json(
        {.order_ts = 1723161255342000000,
         .received_ts = 5,
         .exchange_ts = 1723161255343000000,
         .body = trade}
    );
    EXPECT_EQ(json["price"], "61837.63");
    EXPECT_EQ(json["quantity"], "0.00000001");
    EXPECT_EQ(json["quantity_unit"], "base");
    EXPECT_EQ(json["side"], "sell");
    EXPECT_EQ(json["trade_id"], "18446744073709551615");
    EXPECT_EQ(json["id"], "18446744073709551615");
    EXPECT_EQ(json["order_ts"], "2024-08-08T23:54:15.342000000Z");
    EXPECT_EQ(json["exchange_ts"], "2024-08-08T23:54:15.343000000Z");
    EXPECT_EQ(json["data_type"], "trade");
    EXPECT_EQ(json["symbol"], "BTC-USDT");
}

TEST(EventJson, LeavesOutWhatIsUnknown) {
    model::Bbo bbo;
    bbo.bid_price = *Decimal::Parse("1");
    bbo.update_id = 7;
    const auto json = Json({.order_ts = 1, .received_ts = 1, .body = bbo});
    EXPECT_EQ(json["bid_price"], "1");
    EXPECT_FALSE(json.contains("ask_price"));
    EXPECT_FALSE(json.contains("exchange_ts"));
}

TEST(EventJson, ShowsBookLevelsAsPairs) {
    const std::vector<model::Level> bids{{*Decimal::Parse("2"), *Decimal::Parse("0")}};
    model::BookDelta delta;
    delta.bids = bids;
    delta.first_update_id = 10;
    delta.last_update_id = 12;
    const auto json = Json({.order_ts = 1, .received_ts = 1, .exchange_ts = 1, .body = delta});
    EXPECT_EQ(json["bids"], nlohmann::json::parse(R"([["2","0"]])"));
    EXPECT_EQ(json["asks"], nlohmann::json::array());
    EXPECT_EQ(json["first_update_id"], "10");
    EXPECT_EQ(json["last_update_id"], "12");
}

}  // namespace
}  // namespace mp::rows
