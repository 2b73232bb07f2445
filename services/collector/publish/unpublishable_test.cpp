#include "collector/publish/unpublishable.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/publish/claim_writer.hpp"
#include "testing/temp_dir.hpp"

namespace mp::collector {
namespace {

using model::DataType;
using ::testing::ElementsAre;

const model::Instrument kBtc{"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"};
const model::Instrument kEth{"binance", model::Market::kSpot, "ETH-USDT", "ETHUSDT"};

class UnpublishableTest : public ::testing::Test {
  protected:
    Unpublishable Make(size_t max_files = 8) { return Unpublishable({folder_.path(), max_files}); }

    static std::string Trades(const model::Instrument& instrument, std::vector<Nanos> times) {
        wire::BatchBuilder builder("collector-1");
        for (const Nanos at : times) {
            model::Event event;
            event.order_ts = at;
            event.received_ts = at;
            model::Trade trade;
            trade.price = Decimal::Make(1, 0);
            trade.quantity = Decimal::Make(1, 0);
            trade.trade_id.number = static_cast<uint64_t>(at);
            trade.side = model::Side::kBuy;
            event.body = trade;
            builder.Add(instrument, event);
        }
        std::string batch;
        builder.Finish(batch);
        return batch;
    }

    static std::string Claim(const model::Instrument& instrument, Nanos from, Nanos to) {
        Finding finding;
        finding.basis = model::CoverageBasis::kSequence;
        finding.from = from;
        finding.to = to;
        finding.from_id = 1;
        finding.to_id = 9;
        wire::BatchBuilder builder("collector-1");
        builder.Add(instrument, CoverageEvent(DataType::kTrade, finding, "collector-1", 0));
        std::string batch;
        builder.Finish(batch);
        return batch;
    }

    // "10-20 ids 1-9" for each claim.
    static std::vector<std::string> Claims(const std::string& batch) {
        std::vector<std::string> claims;
        wire::BatchReader reader;
        wire::EventDecoder decoder;
        model::Event event;
        if (batch.empty()) return claims;
        EXPECT_TRUE(reader.Open(batch).ok());
        for (const wire::BatchEntry& entry : reader.entries()) {
            EXPECT_TRUE(decoder.Decode(entry.event, event).ok());
            const auto& claim = std::get<model::Coverage>(event.body);
            EXPECT_EQ(event.order_ts, claim.from_ts);
            claims.push_back(
                std::to_string(claim.from_ts) + "-" + std::to_string(claim.to_ts) + " ids " +
                (claim.from_id ? std::to_string(*claim.from_id) : "") + "-" +
                (claim.to_id ? std::to_string(*claim.to_id) : "")
            );
        }
        return claims;
    }

    static SpoolRecord Record(uint64_t sequence, std::string_view payload) {
        return {sequence, RecordKind::kData, "md.binance.spot.trade.3", payload};
    }

    mp::testing::TempDir folder_;
};

TEST_F(UnpublishableTest, TellsWhatABatchHeld) {
    Unpublishable kept = Make();
    const std::string batch = Trades(kBtc, {40, 42, 45});
    const std::vector<LostEvents> lost = kept.Keep(Record(7, batch));
    ASSERT_EQ(lost.size(), 1u);
    EXPECT_EQ(lost[0].instrument, kBtc);
    EXPECT_EQ(lost[0].type, DataType::kTrade);
    EXPECT_EQ(lost[0].interval, (model::Interval{40, 46}));
    const auto file = folder_ / "00000000000000000007.md.binance.spot.trade.3";
    EXPECT_EQ(mp::testing::ReadFile(file), batch);
}

TEST_F(UnpublishableTest, CutsWhatWasLostOutOfClaims) {
    Unpublishable kept = Make();
    (void)kept.Keep(Record(7, Trades(kBtc, {40, 45})));
    const auto cut = kept.Cut(Claim(kBtc, 10, 100));
    ASSERT_TRUE(cut.has_value());
    EXPECT_THAT(Claims(*cut), ElementsAre("10-40 ids 1-", "46-100 ids -9"));
}

TEST_F(UnpublishableTest, LeavesNothingOfAClaimThatIsWhollyLost) {
    Unpublishable kept = Make();
    (void)kept.Keep(Record(7, Trades(kBtc, {40, 45})));
    EXPECT_EQ(kept.Cut(Claim(kBtc, 41, 43)), std::string());
}

TEST_F(UnpublishableTest, LeavesOtherClaimsAlone) {
    Unpublishable kept = Make();
    EXPECT_EQ(kept.Cut(Claim(kBtc, 10, 100)), std::nullopt);
    (void)kept.Keep(Record(7, Trades(kBtc, {40, 45})));
    EXPECT_EQ(kept.Cut(Claim(kEth, 10, 100)), std::nullopt);
    EXPECT_EQ(kept.Cut(Claim(kBtc, 46, 100)), std::nullopt);
    EXPECT_EQ(kept.Cut("no batch"), std::nullopt);
}

TEST_F(UnpublishableTest, KnowsWhatAnEarlierLifePutAside) {
    (void)Make().Keep(Record(7, Trades(kBtc, {40, 45})));
    Unpublishable later = Make();
    EXPECT_EQ(later.files(), 1u);
    EXPECT_THAT(Claims(later.Cut(Claim(kBtc, 45, 100)).value_or("")), ElementsAre("46-100 ids -9"));
}

TEST_F(UnpublishableTest, ForgetsTheOldestWhereThereAreTooMany) {
    Unpublishable kept = Make(2);
    for (uint64_t i = 1; i <= 3; ++i) {
        (void)kept.Keep(Record(i, Trades(kBtc, {static_cast<Nanos>(100 * i)})));
    }
    EXPECT_EQ(kept.files(), 2u);
    EXPECT_EQ(kept.Cut(Claim(kBtc, 100, 101)), std::nullopt);
    EXPECT_EQ(kept.Cut(Claim(kBtc, 200, 201)), std::string());
    EXPECT_EQ(Make(8).files(), 2u);
}

TEST_F(UnpublishableTest, KeepsWhatItCannotRead) {
    Unpublishable kept = Make();
    EXPECT_TRUE(kept.Keep(Record(7, "no batch")).empty());
    EXPECT_EQ(Make().files(), 1u);
}

}  // namespace
}  // namespace mp::collector
