// Live subscriptions on a real broker and a real store: seam, tokens, gaps.

#include <algorithm>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/topology.hpp"
#include "live_stand.hpp"
#include "wire/convert.hpp"

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;
using model::DataType;
using ::testing::HasSubstr;

class LiveStream : public ::testing::Test {
  protected:
    LiveRequest Trades() { return stand_.RequestOf({SeriesOf("BTC-USDT", DataType::kTrade)}); }
    LiveRequest TradesFromTheBeginning() {
        LiveRequest request = Trades();
        request.from = 0;
        return request;
    }
    LiveRequest TradesBehind(const std::string& token) {
        LiveRequest request = Trades();
        request.token = token;
        return request;
    }
    void Publish(uint64_t first, uint64_t last) {
        const Status published = stand_.Run(stand_.PublishTrades(first, last));
        ASSERT_TRUE(published.ok()) << published;
    }
    void PublishStored(uint64_t first, uint64_t last) {
        Publish(first, last);
        const Status stored = stand_.Run(stand_.UntilStored(last));
        ASSERT_TRUE(stored.ok()) << stored;
    }

    LiveStand stand_;
};

TEST_F(LiveStream, RunsFromHistoryIntoLiveUnderLoadWithoutHoleOrDouble) {
    stand_.StartStorage();
    PublishStored(1, 5000);
    stand_.runner.Start(stand_.PublishTrades(5001, 20000));
    const Received received = stand_.ReadTrades(TradesFromTheBeginning(), 20000);
    EXPECT_EQ(received.trade_ids, Numbers(1, 20000));
    EXPECT_TRUE(received.live);
}

TEST_F(LiveStream, ResumesRightBehindWhateverTokenWasTaken) {
    stand_.StartStorage();
    PublishStored(1, 4000);
    stand_.runner.Start(stand_.PublishTrades(4001, 8000));
    const Received all = stand_.ReadTrades(TradesFromTheBeginning(), 8000);
    ASSERT_EQ(all.trade_ids, Numbers(1, 8000));
    // In the middle of the scan, at its chunks' ends, around the seam, live.
    for (const size_t at :
         {0u, 499u, 999u, 1000u, 2500u, 3998u, 3999u, 4000u, 4010u, 5555u, 7998u}) {
        const Received rest = stand_.ReadTrades(TradesBehind(all.tokens[at]), 8000);
        EXPECT_EQ(rest.trade_ids, Numbers(at + 2, 8000)) << "behind row " << at;
    }
}

TEST_F(LiveStream, ResumesSeriesAfterSeriesWhereTheScanStood) {
    stand_.StartStorage();
    PublishStored(1, 3000);
    ASSERT_TRUE(stand_.Run(stand_.PublishTrades(1, 3000, "ETH-USDT")).ok());
    ASSERT_TRUE(stand_.Run(stand_.UntilStored(6000)).ok());
    LiveRequest both = stand_.RequestOf(
        {SeriesOf("BTC-USDT", DataType::kTrade), SeriesOf("ETH-USDT", DataType::kTrade)}
    );
    both.from = 0;
    const auto read = [&](LiveRequest request, size_t rows) {
        Received received;
        auto session = stand_.Open(std::move(request));
        EXPECT_TRUE(session.ok()) << session.status();
        const Status status = stand_.Run(LiveStand::Read(**session, received, [&] {
            return received.events.size() >= rows;
        }));
        EXPECT_TRUE(status.ok()) << status << " after " << received.events.size();
        return received;
    };
    const Received all = read(both, 6000);
    for (const size_t at : {1500u, 2999u, 3000u, 4500u}) {
        both.from.reset();
        both.token = all.tokens[at];
        const Received rest = read(both, 6000 - at - 1);
        const std::vector<uint64_t> wanted(
            all.trade_ids.begin() + static_cast<ptrdiff_t>(at) + 1, all.trade_ids.end()
        );
        EXPECT_EQ(rest.trade_ids, wanted) << "behind row " << at;
    }
}

TEST_F(LiveStream, ServesATokenThatIsOlderThanTheBusFromTheStore) {
    stand_.StartStorage();
    auto session = stand_.Open(Trades());
    ASSERT_TRUE(session.ok()) << session.status();
    Publish(1, 1000);
    Received seen;
    ASSERT_TRUE(
        stand_.Run(LiveStand::Read(**session, seen, [&] { return seen.events.size() >= 1000; })
        ).ok()
    );
    session->reset();
    PublishStored(1001, 3000);
    ASSERT_TRUE(stand_.Run(stand_.PurgeAll()).ok());
    Publish(3001, 3500);
    const Received rest = stand_.ReadTrades(TradesBehind(seen.tokens[700]), 3500);
    EXPECT_EQ(rest.trade_ids, Numbers(702, 3500));
}

TEST_F(LiveStream, ServesATokenOfAnotherStreamFromTheStore) {
    stand_.StartStorage();
    auto session = stand_.Open(Trades());
    ASSERT_TRUE(session.ok()) << session.status();
    PublishStored(1, 500);
    Received seen;
    ASSERT_TRUE(
        stand_.Run(LiveStand::Read(**session, seen, [&] { return seen.events.size() >= 500; })).ok()
    );
    Result<Token> token = stand_.signer.Verify(seen.tokens[200]);
    ASSERT_TRUE(token.ok()) << token.status();
    token->incarnation -= 1;  // as before the stream was made again
    for (auto& [subject, position] : token->positions) position = {999999, 0};
    const Received rest = stand_.ReadTrades(TradesBehind(stand_.signer.Sign(*token)), 500);
    EXPECT_EQ(rest.trade_ids, Numbers(202, 500));
}

TEST_F(LiveStream, RefusesForgedAndForeignTokens) {
    auto session = stand_.Open(Trades());
    ASSERT_TRUE(session.ok()) << session.status();
    Publish(1, 10);
    Received seen;
    ASSERT_TRUE(stand_.Run(LiveStand::Read(**session, seen, [&] { return !seen.events.empty(); })
    ).ok());
    Result<Token> token = stand_.signer.Verify(seen.tokens[0]);
    ASSERT_TRUE(token.ok());
    const std::string forged = TokenSigner("another secret").Sign(*token);
    const auto refused = stand_.Open(TradesBehind(forged));
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr("token"));
    LiveRequest other = stand_.RequestOf({SeriesOf("ETH-USDT", DataType::kBbo)});
    other.token = seen.tokens[0];
    EXPECT_TRUE(absl::IsInvalidArgument(stand_.Open(std::move(other)).status()));
}

// A collector that was killed sends again what it cannot know to have arrived.
TEST_F(LiveStream, DropsRepeatsAlsoOfWhatAnEarlierSubscriptionWasGiven) {
    auto session = stand_.Open(Trades());
    ASSERT_TRUE(session.ok()) << session.status();
    Publish(1, 100);
    Received seen;
    ASSERT_TRUE(
        stand_.Run(LiveStand::Read(**session, seen, [&] { return seen.events.size() >= 100; })).ok()
    );
    session->reset();
    Publish(51, 100);
    Publish(60, 200);
    const Received rest = stand_.ReadTrades(TradesBehind(seen.tokens[99]), 200);
    EXPECT_EQ(rest.trade_ids, Numbers(101, 200));
}

// A broker that was killed gets everything again that was in flight: more than one series'
// events can be remembered one by one.
TEST_F(LiveStream, DropsBatchesThatAreSentAgainMuchLater) {
    auto session = stand_.Open(Trades());
    ASSERT_TRUE(session.ok()) << session.status();
    const uint64_t many = Feed::kRememberedEvents + 8000;
    stand_.runner.Start(stand_.PublishTrades(1, many, "BTC-USDT", 400));
    Received received;
    const auto read_up_to = [&](uint64_t last) {
        return stand_.Run(LiveStand::Read(**session, received, [&] {
            return !received.trade_ids.empty() && received.trade_ids.back() >= last;
        }));
    };
    ASSERT_TRUE(read_up_to(many).ok()) << received.trade_ids.size();
    ASSERT_TRUE(stand_.Run(stand_.PublishTrades(1, 4000, "BTC-USDT", 400)).ok());
    Publish(many + 1, many + 10);
    ASSERT_TRUE(read_up_to(many + 10).ok());
    EXPECT_EQ(received.trade_ids, Numbers(1, many + 10));
    EXPECT_THAT(
        stand_.metrics.ToText(),
        HasSubstr("marketprism_live_read_total{what=\"repeated_batch\"} 10")
    );
}

// The bus keeps less than a long scan takes.
TEST_F(LiveStream, AsksTheStoreAgainForWhatTheBusForgotBehindAScan) {
    stand_.StartStorage();
    PublishStored(1, 3000);
    auto session = stand_.Open(TradesFromTheBeginning());
    ASSERT_TRUE(session.ok()) << session.status();
    Received received;
    const auto read_up_to = [&](uint64_t last) {
        return stand_.Run(LiveStand::Read(**session, received, [&] {
            return !received.trade_ids.empty() && received.trade_ids.back() >= last;
        }));
    };
    ASSERT_TRUE(read_up_to(100).ok());
    PublishStored(3001, 4000);
    ASSERT_TRUE(stand_.Run(stand_.PurgeAll()).ok());
    Publish(4001, 4500);
    ASSERT_TRUE(read_up_to(4500).ok()) << received.trade_ids.size();
    EXPECT_EQ(received.trade_ids, Numbers(1, 4500));
    for (const LiveGap& gap : received.gaps) EXPECT_NE(gap.reason, "purged");
}

TEST_F(LiveStream, GivesRowsOfManySeriesOneTokenAPiece) {
    LiveRequest request = Trades();
    for (const char* symbol : {"BTC-USDT", "ETH-USDT"}) {
        for (int type = 2; type <= model::kDataTypes - 2; ++type) {
            request.series.push_back(SeriesOf(symbol, static_cast<DataType>(type)));
        }
    }
    ASSERT_GT(request.series.size(), LiveSession::kRowTokenSeries);
    auto session = stand_.Open(request);
    ASSERT_TRUE(session.ok()) << session.status();
    Publish(1, 10);
    LiveOutput out;
    for (const Deadline deadline = Deadline::After(10s); out.rows.empty() && !deadline.Passed();) {
        ASSERT_TRUE(stand_.Run((*session)->Next(out, 100, true, Deadline::After(200ms))).ok());
    }
    for (const LiveRow& row : out.rows) EXPECT_EQ(row.token, "");
    request.token = out.token;
    Publish(11, 20);
    EXPECT_EQ(stand_.ReadTrades(request, 20).trade_ids, Numbers(out.rows.size() + 1, 20));
}

TEST_F(LiveStream, BringsSeveralSubjectsEachInItsOrder) {
    auto session = stand_.Open(stand_.RequestOf(
        {SeriesOf("BTC-USDT", DataType::kTrade),
         SeriesOf("ETH-USDT", DataType::kTrade),
         SeriesOf("BTC-USDT", DataType::kBbo)}
    ));
    ASSERT_TRUE(session.ok()) << session.status();
    std::vector<std::string> quotes;
    for (uint64_t id = 1; id <= 50; ++id) quotes.push_back(QuoteBytes(id, stand_.epoch + 10));
    Publish(1, 300);
    ASSERT_TRUE(stand_.Run(stand_.PublishTrades(301, 600, "ETH-USDT")).ok());
    ASSERT_TRUE(stand_.Run(stand_.Publish(SeriesOf("BTC-USDT", DataType::kBbo), quotes)).ok());
    Received received;
    const Status read = stand_.Run(LiveStand::Read(**session, received, [&] {
        return received.events.size() >= 650;
    }));
    ASSERT_TRUE(read.ok()) << read << " after " << received.events.size();
    std::vector<uint64_t> ids = received.trade_ids;
    std::stable_partition(ids.begin(), ids.end(), [](uint64_t id) { return id <= 300; });
    EXPECT_EQ(ids, Numbers(1, 600));
}

// Two collectors observe one listing, which is halted and comes back.
TEST_F(LiveStream, GivesAStateOnceAndAgainWhenItComesBack) {
    stand_.StartStorage();
    const model::Series listings = SeriesOf("BTC-USDT", DataType::kInstrument);
    const std::vector<std::string> changes = {
        ListingBytes("TRADING", stand_.epoch),
        ListingBytes("HALT", stand_.epoch + 10),
        ListingBytes("TRADING", stand_.epoch + 20)};
    const auto publish = [&](const std::string& change, std::string_view status, Nanos again) {
        ASSERT_TRUE(stand_.Run(stand_.Publish(listings, {change, ListingBytes(status, again)})).ok()
        );
    };
    auto session = stand_.Open(stand_.RequestOf({listings}));
    ASSERT_TRUE(session.ok()) << session.status();
    publish(changes[0], "TRADING", stand_.epoch + 1);
    publish(changes[1], "HALT", stand_.epoch + 11);
    publish(changes[2], "TRADING", stand_.epoch + 21);
    // One of them was without the broker for a while.
    publish(ListingBytes("HALT", stand_.epoch + 12), "TRADING", stand_.epoch + 22);
    Received live;
    const auto three = [](Received& received) {
        return [&received] { return received.events.size() >= 3; };
    };
    const Status read = stand_.Run(LiveStand::Read(**session, live, three(live)));
    ASSERT_TRUE(read.ok()) << read;
    EXPECT_EQ(live.events, changes);

    ASSERT_TRUE(stand_.Run(stand_.UntilStored(8)).ok());
    LiveRequest from_the_beginning = stand_.RequestOf({listings});
    from_the_beginning.from = 0;
    auto later = stand_.Open(std::move(from_the_beginning));
    ASSERT_TRUE(later.ok()) << later.status();
    Received stored;
    ASSERT_TRUE(stand_.Run(LiveStand::Read(**later, stored, three(stored))).ok());
    EXPECT_EQ(stored.events, changes);

    // Behind the last one, told again by who starts anew, comes the next change only.
    LiveRequest behind = stand_.RequestOf({listings});
    behind.token = live.tokens.back();
    auto resumed = stand_.Open(std::move(behind));
    ASSERT_TRUE(resumed.ok()) << resumed.status();
    const std::string next = ListingBytes("BREAK", stand_.epoch + 40);
    ASSERT_TRUE(
        stand_.Run(stand_.Publish(listings, {ListingBytes("TRADING", stand_.epoch + 30), next}))
            .ok()
    );
    Received rest;
    ASSERT_TRUE(stand_.Run(LiveStand::Read(**resumed, rest, [&] { return !rest.events.empty(); })
    ).ok());
    EXPECT_EQ(rest.events, std::vector<std::string>{next});
}

// A collector that was killed sends older quotes again.
TEST_F(LiveStream, NeverSetsAQuoteBack) {
    const model::Series btc = SeriesOf("BTC-USDT", DataType::kBbo);
    const model::Series eth = SeriesOf("ETH-USDT", DataType::kBbo);
    const std::string newest = QuoteBytes(2, stand_.epoch + 20);
    pb::Instrument name;
    const auto there = [&] { return stand_.quotes->Find(name).has_value(); };
    const auto publish = [&](const model::Series& series, std::string quote) {
        wire::ToProto(series.instrument, name);
        ASSERT_TRUE(stand_.Run(stand_.Publish(series, {std::move(quote)})).ok());
        ASSERT_TRUE(stand_.Run(stand_.Until(there)).ok());
    };
    publish(btc, newest);
    publish(btc, QuoteBytes(1, stand_.epoch + 10));
    publish(eth, QuoteBytes(1, stand_.epoch + 10));
    wire::ToProto(btc.instrument, name);
    const auto quote = stand_.quotes->Find(name);
    ASSERT_TRUE(quote.has_value());
    EXPECT_EQ(quote->event().SerializeAsString(), newest);
    EXPECT_TRUE(quote->degraded()) << "no collector is there to fill the stream";
}

TEST_F(LiveStream, PassesOnAGapOfItsSeriesOnly) {
    auto trades = stand_.Open(Trades());
    auto other = stand_.Open(stand_.RequestOf({SeriesOf("ETH-USDT", DataType::kTrade)}));
    ASSERT_TRUE(trades.ok() && other.ok()) << trades.status() << other.status();
    const model::Series coverage = SeriesOf("BTC-USDT", DataType::kCoverage);
    const std::vector<std::string> gaps{
        GapBytes(DataType::kTrade, 100, 200, "sequence_gap"),
        GapBytes(DataType::kBbo, 100, 200, "silence"),
        GapBytes(DataType::kTrade, 300, 400, "disconnected")};
    Publish(1, 10);
    ASSERT_TRUE(stand_.Run(stand_.Publish(coverage, gaps)).ok());
    ASSERT_TRUE(stand_.Run(stand_.PublishTrades(1, 10, "ETH-USDT")).ok());
    Received received;
    ASSERT_TRUE(
        stand_.Run(LiveStand::Read(**trades, received, [&] { return received.gaps.size() >= 2; })
        ).ok()
    );
    EXPECT_EQ(received.trade_ids.size() + 0, received.events.size()) << "a gap is no event";
    const LiveGap& gap = received.gaps[0];
    EXPECT_EQ(gap.series, SeriesOf("BTC-USDT", DataType::kTrade));
    EXPECT_EQ(gap.from_ts, 100);
    EXPECT_EQ(gap.to_ts, 200);
    EXPECT_EQ(gap.reason, "sequence_gap");
    EXPECT_EQ(gap.missing, 3u);
    EXPECT_EQ(received.gaps[1].reason, "disconnected");
    Received quiet;
    ASSERT_TRUE(
        stand_.Run(LiveStand::Read(**other, quiet, [&] { return quiet.events.size() >= 10; })).ok()
    );
    EXPECT_TRUE(quiet.gaps.empty());
}

TEST_F(LiveStream, TellsOfAStreamThatWasMadeAnewAndGoesOn) {
    stand_.StartStorage();
    auto session = stand_.Open(Trades());
    ASSERT_TRUE(session.ok()) << session.status();
    PublishStored(1, 100);
    Received received;
    ASSERT_TRUE(stand_
                    .Run(LiveStand::Read(
                        **session, received, [&] { return received.events.size() >= 100; }
                    ))
                    .ok());
    stand_.storage_process->Kill();
    bus::Connection& connection = *stand_.connection;
    ASSERT_TRUE(
        stand_.Run(bus::DeleteStream(connection, bus::kMarketDataStream, Deadline::After(5s))).ok()
    );
    ASSERT_TRUE(stand_
                    .Run(bus::EnsureStream(
                        connection, bus::MarketDataStream(1 << 30, 1, 8), Deadline::After(5s)
                    ))
                    .ok());
    stand_.StartStorage();
    Publish(101, 200);
    const Status read = stand_.Run(LiveStand::Read(**session, received, [&] {
        return received.events.size() >= 200;
    }));
    ASSERT_TRUE(read.ok()) << read << " after " << received.events.size();
    EXPECT_EQ(received.trade_ids, Numbers(1, 200));
    ASSERT_FALSE(received.gaps.empty());
    EXPECT_EQ(received.gaps[0].reason, "new_stream");
    EXPECT_EQ(received.gaps[0].series, SeriesOf("BTC-USDT", DataType::kTrade));
    EXPECT_GT(received.gaps[0].to_ts, received.gaps[0].from_ts);
}

}  // namespace
}  // namespace mp::gateway
