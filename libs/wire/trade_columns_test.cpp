#include "wire/trade_columns.hpp"

#include <gtest/gtest.h>
#include <random>

#include "marketprism/v1/query.pb.h"

namespace mp::wire {
namespace {

namespace pb = ::marketprism::v1;
using Fit = TradePacker::Fit;

TradeRow Row(Nanos at, uint64_t id, std::string_view price = "100.5") {
    TradeRow row;
    row.order_ts = at;
    row.received_ts = at + 5;
    row.exchange_ts = at - 1;
    row.price = *Decimal::Parse(price);
    row.quantity = *Decimal::Parse("0.25");
    row.trade_id.number = id;
    row.side = model::Side::kSell;
    return row;
}

std::vector<TradeRow> Unpacked(std::string_view bytes) {
    std::vector<TradeRow> rows;
    TradeUnpacker unpacker;
    unpacker.Open(bytes);
    TradeRow row;
    while (unpacker.Next(row)) rows.push_back(row);
    EXPECT_TRUE(unpacker.status().ok()) << unpacker.status();
    return rows;
}

void ExpectSame(const TradeRow& a, const TradeRow& b) {
    EXPECT_EQ(a.order_ts, b.order_ts);
    EXPECT_EQ(a.received_ts, b.received_ts);
    EXPECT_EQ(a.exchange_ts, b.exchange_ts);
    EXPECT_EQ(a.price, b.price);
    EXPECT_EQ(a.quantity, b.quantity);
    EXPECT_EQ(a.trade_id, b.trade_id);
    EXPECT_EQ(a.side, b.side);
    EXPECT_EQ(a.id_space, b.id_space);
}

TEST(TradeColumns, AreTheGeneratedClasssBytes) {
    std::vector<TradeRow> rows{
        Row(1'700'000'000'000'000'000, UINT64_MAX, "1"),
        Row(1'700'000'000'000'000'000, 5, "-0.000000000000000001"),
        Row(-7, 0, "9")};
    rows[2].received_ts = INT64_MAX;
    rows[2].side = model::Side::kUnspecified;
    for (TradeRow& row : rows) row.id_space = model::TradeIdSpace::kAggregate;
    TradePacker packer;
    for (const TradeRow& row : rows) ASSERT_EQ(packer.Add(row), Fit::kTaken);
    const std::string bytes(packer.Finish());
    EXPECT_TRUE(packer.empty());

    pb::TradeColumns parsed;
    ASSERT_TRUE(parsed.ParseFromString(bytes));
    EXPECT_EQ(parsed.SerializeAsString(), bytes);
    EXPECT_EQ(parsed.price_scale(), 18u);
    EXPECT_EQ(parsed.trade_id_size(), 3);
    const std::vector<TradeRow> read = Unpacked(bytes);
    ASSERT_EQ(read.size(), rows.size());
    for (size_t i = 0; i < rows.size(); ++i) ExpectSame(read[i], rows[i]);
}

TEST(TradeColumns, CarryTextsAndTradesWithoutAVenuesTime) {
    const std::string text = "BTC-123";
    TradeRow row = Row(10, 0);
    row.exchange_ts.reset();
    row.trade_id.text = text;
    TradePacker packer;
    ASSERT_EQ(packer.Add(row), Fit::kTaken);
    ASSERT_EQ(packer.Add(row), Fit::kTaken);
    const std::string bytes(packer.Finish());
    pb::TradeColumns parsed;
    ASSERT_TRUE(parsed.ParseFromString(bytes));
    EXPECT_EQ(parsed.SerializeAsString(), bytes);
    const auto read = Unpacked(bytes);
    ASSERT_EQ(read.size(), 2u);
    ExpectSame(read[1], row);
}

TEST(TradeColumns, SayWhatDoesNotFitTogether) {
    TradePacker packer;
    ASSERT_EQ(packer.Add(Row(1, 1)), Fit::kTaken);
    TradeRow other = Row(2, 2);
    other.id_space = model::TradeIdSpace::kAggregate;
    EXPECT_EQ(packer.Add(other), Fit::kNotBeside);
    other = Row(2, 2);
    other.exchange_ts.reset();
    EXPECT_EQ(packer.Add(other), Fit::kNotBeside);
    other = Row(2, 2);
    other.price = Decimal::Make(INT64_MAX, 18);
    EXPECT_EQ(packer.Add(other), Fit::kNotBeside);
    EXPECT_EQ(packer.size(), 1u);
    packer.Finish();
    EXPECT_EQ(packer.Add(other), Fit::kTaken);
    packer.Finish();
    other.price = {INT64_MIN, 0};
    EXPECT_EQ(packer.Add(other), Fit::kNever);
}

TEST(TradeColumns, BytesThatAreNoneAreAnErrorAndNeverWorse) {
    TradePacker packer;
    for (uint64_t i = 0; i < 50; ++i) {
        ASSERT_EQ(packer.Add(Row(static_cast<Nanos>(i * 1'000'000), i * i)), Fit::kTaken);
    }
    const std::string good(packer.Finish());
    std::mt19937 random(3);
    size_t refused = 0;
    for (int i = 0; i < 5000; ++i) {
        std::string bad = good;
        bad[random() % bad.size()] = static_cast<char>(random());
        if (i % 2 == 0) bad.resize(random() % bad.size());
        // Views of what was allocated: a sanitizer sees what lies outside.
        TradeUnpacker unpacker;
        unpacker.Open(bad);
        TradeRow row;
        while (unpacker.Next(row)) {
        }
        refused += unpacker.status().ok() ? 0u : 1u;
    }
    EXPECT_GT(refused, 2000u);
}

}  // namespace
}  // namespace mp::wire
