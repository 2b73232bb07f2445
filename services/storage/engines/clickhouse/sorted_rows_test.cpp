#include "storage/engines/clickhouse/sorted_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/engines/clickhouse/native.hpp"

namespace mp::storage::clickhouse {
namespace {

using ::testing::ElementsAre;

constexpr auto kType = model::DataType::kMarkPrice;

struct Row {
    Nanos order_ts = 0;
    std::string event;
    uint64_t revision = 1;
    bool gone = false;
};

// What a server answers to a query of VersionColumns.
std::string Block(const std::vector<Row>& rows) {
    const std::vector<ColumnType> types{
        {"revision", "UInt64"},
        {"deleted", "UInt8"},
        {"order_ts", "Int64"},
        {"sequence", "UInt64"},
        {"identity", "String"},
        {"received_ts", "Int64"},
        {"exchange_ts", "Nullable(Int64)"},
        {"ordinal", "UInt32"},
        {"mark_price", "Nullable(Decimal(38, 18))"},
        {"index_price", "Nullable(Decimal(38, 18))"},
        {"raw", "String"}};
    std::vector<ColumnWriter> columns(types.size());
    for (const Row& row : rows) {
        ColumnWriter* column = columns.data();
        (column++)->Put(row.revision);
        (column++)->Put(static_cast<uint8_t>(row.gone));
        (column++)->Put(row.order_ts);
        (column++)->Put(uint64_t{0});
        (column++)->Put(std::string_view("same"));
        (column++)->Put(row.order_ts);
        column->PutNull(true);
        (column++)->Put(Nanos{0});
        (column++)->Put(uint32_t{0});
        for (int price = 0; price < 2; ++price) {
            column->PutNull(true);
            (column++)->Put(Decimal{});
        }
        column->Put(std::string_view(row.event));
    }
    std::string block;
    WriteBlock(types, columns, rows.size(), block);
    return block;
}

std::vector<std::string> EventsOf(SortedRows& rows) {
    std::vector<std::string> events;
    while (rows.Next()) events.emplace_back(rows.event());
    return events;
}

std::vector<std::string> EventsOf(const std::string& answer, Direction direction) {
    SortedRows rows = SortedRows::Read(kType, answer, direction).value();
    return EventsOf(rows);
}

TEST(SortedRows, BlocksMayComeInAnyOrder) {
    const std::string first = Block({{1, "1"}, {2, "2"}, {3, "3"}});
    const std::string second = Block({{4, "4"}, {5, "5"}});
    const std::string third = Block({{6, "6"}, {7, "7"}});
    for (const std::string& answer :
         {first + second + third, first + third + second, third + second + first}) {
        EXPECT_THAT(
            EventsOf(answer, Direction::kForward), ElementsAre("1", "2", "3", "4", "5", "6", "7")
        );
        EXPECT_THAT(
            EventsOf(answer, Direction::kBackward), ElementsAre("7", "6", "5", "4", "3", "2", "1")
        );
    }
}

TEST(SortedRows, OfAnEventTheLastVersionCounts) {
    const std::string parts = Block({{1, "1"}, {3, "3"}, {5, "5"}, {7, "7"}}) +
                              Block({{2, "2"}, {3, "3 again", 2}, {6, "6"}}) +
                              Block({{5, "", 3, true}, {6, "older", 0}, {7, "7 again", 2}});
    SortedRows rows = SortedRows::Read(kType, parts, Direction::kForward).value();
    EXPECT_EQ(rows.versions(), 10u);
    EXPECT_EQ(rows.rows(), 5u);
    EXPECT_THAT(EventsOf(rows), ElementsAre("1", "2", "3 again", "6", "7 again"));
}

TEST(SortedRows, WhatIsNoAnswerIsRefused) {
    const std::string block = Block({{1, "1"}});
    const auto cut = SortedRows::Read(kType, block.substr(1), Direction::kForward);
    EXPECT_EQ(cut.status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace mp::storage::clickhouse
