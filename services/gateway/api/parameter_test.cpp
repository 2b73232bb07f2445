#include "gateway/api/parameter.hpp"

#include <gtest/gtest.h>
#include <set>

#include "gateway/api/route.hpp"

namespace mp::gateway {
namespace {

const Route& RouteOf(Operation operation) {
    for (const Route& route : Routes()) {
        if (route.operation == operation) return route;
    }
    std::abort();
}

Result<Arguments> Parse(Operation operation, std::string_view query) {
    const auto parsed = net::QueryParams::Parse(query);
    if (!parsed.ok()) return parsed.status();
    return ParseArguments(RouteOf(operation).parameters, *parsed);
}

std::string Offender(Operation operation, std::string_view query) {
    const auto arguments = Parse(operation, query);
    if (arguments.ok()) return "accepted";
    return std::string(OffendingParameter(arguments.status()));
}

TEST(Parameters, HaveTheDefaultsOfTheApi) {
    const auto arguments = Parse(Operation::kTrades, "exchange=binance&symbol=BTC-USDT");
    ASSERT_TRUE(arguments.ok()) << arguments.status();
    EXPECT_EQ(arguments->limit, 1000u);
    EXPECT_EQ(arguments->depth, 100u);
    EXPECT_EQ(arguments->format, Format::kJson);
    EXPECT_FALSE(arguments->start || arguments->end || arguments->market);
}

TEST(Parameters, AreReadInEveryForm) {
    const auto arguments = Parse(
        Operation::kEvents,
        "exchange=binance&market=spot&symbol=BTC%2DUSDT&data_type=book_delta&start=1723161255208"
        "&end=2024-08-09T00%3A00%3A00Z&limit=10000&cursor=abc&format=csv"
    );
    ASSERT_TRUE(arguments.ok()) << arguments.status();
    EXPECT_EQ(arguments->symbol, "BTC-USDT");
    EXPECT_EQ(arguments->market, model::Market::kSpot);
    EXPECT_EQ(arguments->data_type, model::DataType::kBookDelta);
    EXPECT_EQ(arguments->start, 1723161255208000000);
    EXPECT_EQ(arguments->end, 1723161600000000000);
    EXPECT_EQ(arguments->format, Format::kCsv);
}

TEST(Parameters, NameTheOneThatIsWrong) {
    const std::string good = "exchange=binance&symbol=BTC-USDT";
    EXPECT_EQ(Offender(Operation::kTrades, "exchange=binance"), "symbol");
    EXPECT_EQ(Offender(Operation::kTrades, good + "&limit=0"), "limit");
    EXPECT_EQ(Offender(Operation::kTrades, good + "&limit=10001"), "limit");
    EXPECT_EQ(Offender(Operation::kTrades, good + "&limit=ten"), "limit");
    EXPECT_EQ(Offender(Operation::kTrades, good + "&market=moon"), "market");
    EXPECT_EQ(Offender(Operation::kTrades, good + "&start=yesterday"), "start");
    EXPECT_EQ(Offender(Operation::kTrades, good + "&start=20&end=10"), "end");
    EXPECT_EQ(Offender(Operation::kTrades, good + "&depth=5"), "depth");
    EXPECT_EQ(Offender(Operation::kTrades, good + "&limit=1&limit=2"), "limit");
    EXPECT_EQ(Offender(Operation::kTrades, good + "&format=xml"), "format");
    EXPECT_EQ(Offender(Operation::kEvents, good), "data_type");
    EXPECT_EQ(Offender(Operation::kEvents, good + "&data_type=trades"), "data_type");
    EXPECT_EQ(Offender(Operation::kCandles, good + "&interval=0m"), "interval");
    EXPECT_EQ(Offender(Operation::kOrderBook, good + "&depth=10001"), "depth");
    EXPECT_EQ(Offender(Operation::kKlines, good + "&interval=5t"), "interval");
    EXPECT_EQ(Offender(Operation::kTrades, good + "&symbols=ETH-USDT"), "symbols");
    EXPECT_EQ(Offender(Operation::kTrades, "symbols=ETH-USDT"), "exchange");
    EXPECT_EQ(Offender(Operation::kTrades, good + "&every=1us"), "every");
    EXPECT_EQ(Offender(Operation::kTrades, good + "&every=367d"), "every");
    EXPECT_EQ(Offender(Operation::kLiquidations, good + "&every=1s"), "every");
}

TEST(Parameters, NameSeveralInstrumentsAndBarsOfEveryKind) {
    const auto several = Parse(
        Operation::kTrades, "exchange=binance&symbols=BTC-USDT,okx:linear:ETH-USDT-PERP&every=1s"
    );
    ASSERT_TRUE(several.ok()) << several.status();
    ASSERT_EQ(several->instruments.size(), 2u);
    EXPECT_EQ(several->instruments[1].exchange, "okx");
    EXPECT_EQ(several->every, kSecond);
    for (const char* interval : {"1m", "1M", "100t", "0.5v"}) {
        EXPECT_EQ(
            Offender(
                Operation::kCandles,
                std::string("exchange=binance&symbol=BTC-USDT&interval=") + interval
            ),
            "accepted"
        ) << interval;
    }
}

TEST(Routes, AreUniqueAndDescribed) {
    std::set<std::pair<net::HttpMethod, std::string_view>> seen;
    for (const Route& route : Routes()) {
        EXPECT_TRUE(seen.emplace(route.method, route.path).second) << route.path;
        EXPECT_FALSE(route.summary.empty()) << route.path;
        const bool changes = route.method != net::HttpMethod::kGet;
        EXPECT_EQ(route.role != Role::kReader, changes)
            << route.path << ": who changes things needs a role";
        EXPECT_TRUE(!changes || !route.kept) << route.path << ": changes are not kept";
    }
}

}  // namespace
}  // namespace mp::gateway
