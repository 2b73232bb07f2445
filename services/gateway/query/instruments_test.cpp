#include "gateway/query/instruments.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <vector>

#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::gateway {
namespace {

namespace pb = marketprism::v1;
using std::chrono::seconds;

class InstrumentsTest : public ::testing::Test {
  protected:
    Task<Result<pb::ListInstrumentsResponse>> Load() {
        ++loads_;
        co_await answer_.Wait();
        if (!outcome_.ok()) co_return outcome_;
        pb::ListInstrumentsResponse all;
        pb::Instrument& instrument = *all.add_instruments()->mutable_instrument();
        instrument.set_exchange("binance");
        instrument.set_market(pb::MARKET_SPOT);
        instrument.set_symbol("BTC-USDT");
        instrument.set_venue_symbol("BTCUSDT");
        co_return all;
    }
    Task<Status> Resolve(Status& status, Deadline deadline = Deadline::After(seconds(10))) {
        pb::Instrument wanted;
        wanted.set_exchange("binance");
        wanted.set_symbol("BTCUSDT");
        status = co_await instruments_.Resolve(wanted, deadline);
        co_return OkStatus();
    }

    mp::testing::ManualClock clock_;
    mp::testing::TaskRunner runner_;
    runtime::Event answer_;
    Status outcome_;
    int loads_ = 0;
    Instruments instruments_{
        [this](pb::ListInstrumentsRequest, Deadline) { return Load(); }, clock_};
};

// Who waited for somebody else's failed listing took the instrument for unknown.
TEST_F(InstrumentsTest, TellsAllWhoWaitThatTheStoreIsAway) {
    outcome_ = absl::UnavailableError("away");
    Status first, second;
    runner_.Start(Resolve(first));
    runner_.Start(Resolve(second));
    answer_.Set();
    Status third;
    ASSERT_TRUE(runner_.Run(Resolve(third)).ok());
    for (const Status& status : {first, second, third}) {
        EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    }
}

TEST_F(InstrumentsTest, ListsOnceForAllWhoWait) {
    Status first, second, third;
    runner_.Start(Resolve(first));
    runner_.Start(Resolve(second));
    answer_.Set();
    ASSERT_TRUE(runner_.Run(Resolve(third)).ok());
    EXPECT_TRUE(first.ok() && second.ok() && third.ok()) << first << second << third;
    EXPECT_EQ(loads_, 1);
}

TEST_F(InstrumentsTest, NamesTheMarketInWhichThereIsNone) {
    answer_.Set();
    const auto said = [&](pb::Market market) {
        pb::Instrument wanted;
        wanted.set_exchange("binance");
        wanted.set_market(market);
        wanted.set_symbol("BTCUSDT");
        return std::string(MessageOf(
            runner_.Run(instruments_.Resolve(wanted, Deadline::After(std::chrono::seconds(10))))
        ));
    };
    EXPECT_EQ(said(pb::MARKET_SPOT), "");
    EXPECT_EQ(
        said(pb::MARKET_LINEAR),
        "unknown instrument binance linear BTCUSDT (see /api/v1/instruments)"
    );
}

TEST_F(InstrumentsTest, KnowsTheOneThatIsMeantByEitherName) {
    instruments_.Add({"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"});
    pb::Instrument wanted;
    wanted.set_exchange("binance");
    wanted.set_symbol("BTCUSDT");
    const auto known = instruments_.Known(wanted);
    ASSERT_TRUE(known.has_value());
    EXPECT_EQ(known->symbol, "BTC-USDT");
    EXPECT_EQ(known->market, model::Market::kSpot);
    wanted.set_symbol("NOPE");
    EXPECT_FALSE(instruments_.Known(wanted).has_value());
}

}  // namespace
}  // namespace mp::gateway
