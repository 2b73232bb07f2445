#include "model/identity.hpp"

#include <array>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>

#include "base/big_endian.hpp"
#include "testing/arbitrary_event.hpp"

namespace mp::model {
namespace {

std::string Hex(std::string_view bytes) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (const char c : bytes) {
        hex += kDigits[static_cast<unsigned char>(c) >> 4];
        hex += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return hex;
}

std::string Identity(const Event& event) {
    std::string bytes;
    AppendIdentity(event, bytes);
    return bytes;
}

std::string Key(const Event& event) {
    std::string bytes;
    AppendKey(event, bytes);
    return bytes;
}

Event At(Nanos order_ts, Body body) {
    Event event;
    event.order_ts = order_ts;
    event.received_ts = order_ts + 5;
    event.exchange_ts = order_ts;
    event.body = body;
    return event;
}

Decimal D(std::string_view text) {
    return *Decimal::Parse(text);
}

constexpr std::array kBids{Level{{6183763, 2}, {15, 1}}};

Event ExampleOf(DataType type) {
    switch (type) {
        case DataType::kTrade: {
            Trade trade{D("61837.63"), D("0.5"), {}, {3735683259, {}}};
            trade.side = Side::kSell;
            return At(1000, trade);
        }
        case DataType::kBookDelta: {
            BookDelta delta{kBids, {}, 100, 120, 2};
            delta.part = 1;
            delta.parts = 3;
            return At(1000, delta);
        }
        case DataType::kBookSnapshot: {
            BookSnapshot snapshot{kBids, {}, 5000};
            snapshot.origin = SnapshotOrigin::kDerived;
            return At(1000, snapshot);
        }
        case DataType::kBbo:
            return At(1000, Bbo{D("1"), D("2"), D("3"), D("4"), 77});
        case DataType::kTicker:
            return At(1000, Ticker{D("61837.63")});
        case DataType::kKline: {
            Kline kline{"1m", 500, 599, D("1"), D("2"), D("0.5"), D("1.5"), D("10")};
            return At(1000, kline);
        }
        case DataType::kFundingRate:
            return At(1000, FundingRate{D("0.0001"), {}, 2000});
        case DataType::kOpenInterest:
            return At(1000, OpenInterest{D("7")});
        case DataType::kLiquidation: {
            Liquidation liquidation{{}, D("61837.63"), D("0.014")};
            liquidation.side = Side::kBuy;
            return At(1000, liquidation);
        }
        case DataType::kMarkPrice:
            return At(1000, MarkPrice{D("61837.63"), D("61838")});
        case DataType::kInstrument: {
            InstrumentInfo info;
            info.base_asset = "BTC";
            info.quote_asset = "USDT";
            info.tick_size = D("0.01");
            info.status = InstrumentStatus::kTrading;
            return At(1000, info);
        }
        default: {
            Coverage coverage{
                DataType::kTrade, CoverageBasis::kSequence, CoverageState::kComplete, 1000, 2000};
            coverage.source = "c1/4";
            return At(1000, coverage);
        }
    }
}

struct Golden {
    DataType type;
    std::string identity;  // hex
    std::string text;
    uint64_t content;
};

// Stored data depends on every one of these: a change here is never right.
const std::vector<Golden>& Goldens() {
    static const std::vector<Golden> goldens{
        {DataType::kTrade, "000000000000deaa00bb", "3735683259", 0xbdc5eb8facdc42e5ull},
        {DataType::kBookDelta,
         "00000000000000020000000000000064000000000000007800000001",
         "2:100-120.1",
         0xbd3c694d2362ac54ull},
        {DataType::kBookSnapshot,
         "010000000000000000000000000000138800000000",
         "d:5000",
         0x28e5e4715c62fdcfull},
        {DataType::kBbo, "01000000000000004d", "77", 0xea5029e4197e0ad7ull},
        {DataType::kTicker, "80000000000003e8", "1000", 0x22acfe947ceac8a2ull},
        {DataType::kKline,
         "80000000000001f480000000000003e8316d",
         "1m-500-1000",
         0xe9bf8ab1769fadf4ull},
        {DataType::kFundingRate,
         "80000000000007d080000000000003e8",
         "2000-1000",
         0x0566d8606fff5b29ull},
        {DataType::kOpenInterest, "80000000000003e8", "1000", 0x512a80c89da3ea1bull},
        {DataType::kLiquidation,
         "0080000000000003e8a078adc7a3a094e0",
         "c:1000-a078adc7a3a094e0",
         0xa078adc7a3a094e0ull},
        {DataType::kMarkPrice, "80000000000003e8", "1000", 0x6e98ffd366acd475ull},
        {DataType::kInstrument, "0efe4620313c5f54", "c:0efe4620313c5f54", 0x0efe4620313c5f54ull},
        {DataType::kCoverage,
         "01010180000000000003e863312f34",
         "trade-sequence-complete-1000-c1/4",
         0x238b34a7abe13637ull},
    };
    return goldens;
}

TEST(Identity, NeverChanges) {
    for (const Golden& golden : Goldens()) {
        const Event event = ExampleOf(golden.type);
        EXPECT_EQ(Hex(Identity(event)), golden.identity) << ToString(golden.type);
        EXPECT_EQ(IdentityText(event), golden.text);
        EXPECT_EQ(ContentHash(event), golden.content) << ToString(golden.type);
    }
    EXPECT_EQ(Goldens().size(), static_cast<size_t>(kDataTypes));
}

TEST(Identity, TextTellsSpacesPartsAndContentApart) {
    Trade trade{D("1"), D("1"), {}, {18938405, {}}};
    trade.id_space = TradeIdSpace::kAggregate;
    EXPECT_EQ(IdentityText(At(1, trade)), "a:18938405");
    trade.id_space = TradeIdSpace::kTrade;
    trade.trade_id.text = "ETH-1234";
    EXPECT_EQ(IdentityText(At(1, trade)), "ETH-1234");
    EXPECT_EQ(IdentityText(At(1, BookDelta{{}, {}, 100, 120})), "100-120");
    EXPECT_EQ(IdentityText(At(1, BookSnapshot{{}, {}, 100})), "100");
    Event bbo = At(1, Bbo{D("1")});
    EXPECT_EQ(IdentityText(bbo).substr(0, 4), "c:1-");
    EXPECT_EQ(IdentityText(bbo).size(), 20u);
    EXPECT_EQ(IdentityText(At(1, Liquidation{"L7", D("1"), D("1")})), "L7");
}

TEST(Identity, TradesOfOneInstantRunBySequenceThenByNumber) {
    const auto trade = [](uint64_t sequence, uint64_t id) {
        Trade t{D("1"), D("1"), {}, {id, {}}};
        t.sequence = sequence;
        return Key(At(1000, t));
    };
    EXPECT_LT(trade(0, 9), trade(0, 10));
    EXPECT_LT(trade(0, 255), trade(0, 256));
    EXPECT_LT(trade(1, 999), trade(2, 1));
    EXPECT_LT(trade(9, 999), trade(10, 1));
}

TEST(Identity, EqualContentOfOneMessageIsToldApartByOrdinal) {
    Event first = ExampleOf(DataType::kLiquidation);
    Event second = first;
    second.ordinal = 1;
    EXPECT_NE(Identity(first), Identity(second));
    second.ordinal = 0;
    second.received_ts += 1;
    EXPECT_EQ(Identity(first), Identity(second)) << "who received it does not matter";
}

TEST(Identity, AbsentIsNotZero) {
    Event event = At(1, Bbo{});
    const uint64_t absent = ContentHash(event);
    std::get<Bbo>(event.body).bid_price = Decimal{};
    EXPECT_NE(ContentHash(event), absent);
}

TEST(Identity, KnowsWhatIsOrderedByReceipt) {
    Event event = At(1000, Bbo{});
    EXPECT_FALSE(OrderedByReceipt(event));
    event.exchange_ts.reset();
    EXPECT_FALSE(OrderedByReceipt(event)) << "ordered by the delta that bridges a snapshot, say";
    event.order_ts = event.received_ts;
    EXPECT_TRUE(OrderedByReceipt(event));
}

TEST(Identity, FindsAStateThatComesBackByItsPlace) {
    Event event;
    event.received_ts = event.order_ts = 7;
    event.body = Bbo{};
    EXPECT_TRUE(FoundByIdentity(event));
    event.body = InstrumentInfo{};
    EXPECT_TRUE(OrderedByReceipt(event));
    EXPECT_FALSE(FoundByIdentity(event)) << "the next one like it may be another event";
}

RC_GTEST_PROP(Identity, KeysSortByTimeThenSequence, ()) {
    testing::ArbitraryEvents events;
    const Event a = events.Any();
    const Event b = events.Of(TypeOf(a));
    const auto place = [](const Event& e) { return std::pair{e.order_ts, SequenceOf(e)}; };
    if (place(a) < place(b)) RC_ASSERT(Key(a) < Key(b));
    if (place(b) < place(a)) RC_ASSERT(Key(b) < Key(a));
}

RC_GTEST_PROP(Identity, BookDeltasOfOneInstantSortByTheirNumbers, ()) {
    testing::ArbitraryEvents events;
    const Event a = events.Of(DataType::kBookDelta);
    Event b = events.Of(DataType::kBookDelta);
    b.order_ts = a.order_ts;
    const auto numbers = [](const Event& e) {
        const auto& d = std::get<BookDelta>(e.body);
        return std::tuple{d.epoch, d.first_update_id, d.last_update_id, d.part};
    };
    RC_PRE(numbers(a) != numbers(b));
    RC_ASSERT((numbers(a) < numbers(b)) == (Key(a) < Key(b)));
}

// As somebody else received it, at another time.
Event SeenAt(Nanos received, Event event) {
    if (OrderedByReceipt(event)) event.order_ts = received;
    event.received_ts = received;
    return event;
}

TEST(Identity, WithoutAVenueTimeTheContentStandsForIt) {
    const std::string none(16, '0');
    for (const DataType type :
         {DataType::kTicker, DataType::kOpenInterest, DataType::kMarkPrice, DataType::kKline}) {
        Event event = ExampleOf(type);
        event.exchange_ts.reset();
        event.order_ts = event.received_ts;
        const Golden& golden = Goldens()[static_cast<size_t>(type) - 1];
        const bool bar = type == DataType::kKline;
        std::string content;
        AppendBigEndian(golden.content, content);
        const std::string hash = Hex(content);
        EXPECT_EQ(
            Hex(Identity(event)), bar ? "80000000000001f4" + none + hash + "316d" : none + hash
        );
        EXPECT_EQ(IdentityText(event), (bar ? "1m-500-c:" : "c:") + hash);
    }
}

TEST(Identity, StatesOfABarWithoutAVenueTimeAreTold) {
    Event event = ExampleOf(DataType::kKline);
    event.exchange_ts.reset();
    event.order_ts = event.received_ts;
    EXPECT_EQ(Identity(event), Identity(SeenAt(77, event))) << "one push, two collectors";
    Event next = event;
    std::get<Kline>(next.body).volume = D("11");
    EXPECT_NE(Identity(event), Identity(next));
    next = event;
    std::get<Kline>(next.body).closed = true;
    EXPECT_NE(Identity(event), Identity(next));
    next = event;
    std::get<Kline>(next.body).open_time = 60;
    EXPECT_NE(Identity(event), Identity(next));
}

RC_GTEST_PROP(Identity, TellsUpdatesWithoutAVenueTimeApart, ()) {
    testing::ArbitraryEvents events;
    const auto type = *rc::gen::element(
        DataType::kTicker,
        DataType::kKline,
        DataType::kFundingRate,
        DataType::kOpenInterest,
        DataType::kMarkPrice
    );
    Event a = events.Of(type);
    Event b = events.Of(type);
    RC_PRE(a.body != b.body);
    for (Event* event : {&a, &b}) {
        event->exchange_ts.reset();
        event->order_ts = event->received_ts;
    }
    RC_ASSERT(IdentityNeedsContent(a));
    RC_ASSERT(Identity(a) != Identity(b));
    RC_ASSERT(IdentityText(a) != IdentityText(b));
}

RC_GTEST_PROP(Identity, DependsOnTheEventOnly, ()) {
    testing::ArbitraryEvents events;
    const Event event = events.Any();
    const Event seen_later = SeenAt(event.received_ts ^ 1, event);
    RC_PRE(OrderedByReceipt(event) == OrderedByReceipt(seen_later));
    RC_ASSERT(Identity(event) == Identity(seen_later));
    RC_ASSERT(IdentityText(event) == IdentityText(seen_later));
    RC_ASSERT(Key(event).substr(16) == Identity(event));
}

}  // namespace
}  // namespace mp::model
