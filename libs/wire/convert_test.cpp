#include "wire/convert.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "testing/arbitrary_event.hpp"
#include "testing/generated_event.hpp"

namespace mp::wire {
namespace {

const model::Instrument kBtc{"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"};

TEST(Convert, SeriesGoBothWays) {
    const model::Series series{kBtc, model::DataType::kBookDelta};
    pb::Series proto;
    ToProto(series, proto);
    EXPECT_EQ(proto.data_type(), pb::DATA_TYPE_BOOK_DELTA);
    EXPECT_EQ(proto.instrument().market(), pb::MARKET_SPOT);
    EXPECT_EQ(FromProto(proto).value(), series);
    EXPECT_EQ(FromProto(proto)->instrument.venue_symbol, "BTCUSDT");
}

TEST(Convert, NamesTheFieldThatIsWrong) {
    const auto error = [](auto&& spoil) {
        pb::Series series;
        ToProto(model::Series{kBtc, model::DataType::kTrade}, series);
        spoil(series);
        const auto result = FromProto(series);
        EXPECT_EQ(result.status().code(), StatusCode::kInvalidArgument);
        return std::string(result.status().message());
    };
    EXPECT_EQ(
        error([](auto& s) { s.mutable_instrument()->clear_exchange(); }),
        "exchange: must not be empty"
    );
    EXPECT_EQ(
        error([](auto& s) { s.mutable_instrument()->clear_symbol(); }), "symbol: must not be empty"
    );
    EXPECT_EQ(
        error([](auto& s) { s.mutable_instrument()->clear_market(); }),
        "market: not a known value: 0"
    );
    EXPECT_EQ(
        error([](auto& s) { s.set_data_type(static_cast<pb::DataType>(13)); }),
        "data_type: not a known value: 13"
    );
}

RC_GTEST_PROP(Convert, SidesGoBothWays, ()) {
    testing::ArbitraryEvents events;
    const auto levels = events.AnyLevels();
    pb::BookSide side;
    ToProto(levels, side);
    std::vector<model::Level> back;
    RC_ASSERT(FromProto(side, back).ok());
    RC_ASSERT(std::equal(back.begin(), back.end(), levels.begin(), levels.end()));
}

RC_GTEST_PROP(Convert, CoverageGoesBothWays, ()) {
    testing::ArbitraryEvents events;
    const model::Event event = events.Of(model::DataType::kCoverage);
    const auto& coverage = std::get<model::Coverage>(event.body);
    pb::Coverage proto;
    ToProto(coverage, proto);
    RC_ASSERT(FromProto(proto).value() == coverage);
    pb::Event whole;
    ToProto(event, whole);
    RC_ASSERT(whole.ShortDebugString() == testing::GeneratedEvent::Of(event).ShortDebugString());
}

TEST(Convert, DecimalsAreChecked) {
    pb::Decimal proto;
    ToProto(Decimal{15, 1}, proto);
    EXPECT_EQ(FromProto(proto).value(), (Decimal{15, 1}));
    proto.set_scale(19);
    EXPECT_FALSE(FromProto(proto).ok());
}

TEST(Convert, ReportsGapsOrCompleteness) {
    pb::CoverageReport report;
    ToProto(std::vector<model::Gap>{}, report);
    EXPECT_TRUE(report.complete());
    ToProto(std::vector<model::Gap>{{{1, 2}, model::CoverageState::kOpen, "silence", 3}}, report);
    EXPECT_FALSE(report.complete());
    ASSERT_EQ(report.gaps_size(), 1);
    EXPECT_EQ(report.gaps(0).reason(), "silence");
    EXPECT_EQ(report.gaps(0).missing(), 3u);
}

}  // namespace
}  // namespace mp::wire
