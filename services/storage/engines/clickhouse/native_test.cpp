#include "storage/engines/clickhouse/native.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace mp::storage::clickhouse {
namespace {

TEST(Native, DecimalsComeBackAsTheyWere) {
    constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
    constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
    for (const int64_t mantissa :
         {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{6543210}, kMax, kMin}) {
        for (int scale = 0; scale <= Decimal::kMaxScale; ++scale) {
            const Decimal value = Decimal::Make(mantissa, scale);
            EXPECT_EQ(FromDecimal128(ToDecimal128(value)), value) << value.ToString();
        }
    }
    EXPECT_EQ(FromDecimal128(Int128{kMax} * kMax + 1), std::nullopt);
}

TEST(Native, ReadsTheBlocksThatItWrites) {
    const std::vector<ColumnType> types{
        {"a", "Int64"},
        {"b", "Nullable(Decimal(38, 18))"},
        {"c", "Array(UInt32)"},
        {"d", "String"}};
    std::vector<ColumnWriter> columns(types.size());
    for (int row = 0; row < 3; ++row) {
        columns[0].Put(int64_t{row - 1});
        columns[1].PutNull(row == 1);
        columns[1].Put(Decimal::Make(row, 1));
        for (uint32_t i = 0; i < static_cast<uint32_t>(row); ++i) columns[2].Put(i);
        columns[2].EndArray(static_cast<size_t>(row));
        columns[3].Put(std::string_view(std::string(200, 'x')).substr(0, row == 0 ? 0 : 200));
    }
    std::string bytes;
    WriteBlock(types, columns, 3, bytes);
    bytes += bytes;  // an answer may have many

    BlockReader blocks(bytes);
    for (int block = 0; block < 2; ++block) {
        ASSERT_TRUE(blocks.Next().value());
        ASSERT_EQ(blocks.rows(), 3u);
        auto& read = blocks.columns();
        for (int row = 0; row < 3; ++row) {
            EXPECT_EQ(read[0].Take<int64_t>(), row - 1);
            EXPECT_EQ(read[1].TakeNull(), row == 1);
            EXPECT_EQ(FromDecimal128(read[1].Take<Int128>()), Decimal::Make(row, 1));
            ASSERT_EQ(read[2].TakeArray(), static_cast<size_t>(row));
            for (uint32_t i = 0; i < static_cast<uint32_t>(row); ++i) {
                EXPECT_EQ(read[2].Take<uint32_t>(), i);
            }
            EXPECT_EQ(read[3].TakeText().size(), row == 0 ? 0u : 200u);
        }
    }
    EXPECT_FALSE(blocks.Next().value());
}

TEST(Native, RefusesWhatIsCutShort) {
    const std::vector<ColumnType> types{{"a", "Array(Int64)"}, {"d", "String"}};
    std::vector<ColumnWriter> columns(types.size());
    columns[0].Put(int64_t{7});
    columns[0].EndArray(1);
    columns[1].Put(std::string_view("text"));
    std::string bytes;
    WriteBlock(types, columns, 1, bytes);
    for (size_t size = 1; size < bytes.size(); ++size) {
        BlockReader blocks(std::string_view(bytes).substr(0, size));
        EXPECT_FALSE(blocks.Next().ok()) << size;
    }
    BlockReader error("Code: 159, e.displayText() = DB::Exception: Timeout exceeded");
    EXPECT_FALSE(error.Next().ok());
}

TEST(Native, GivesKeysOfManyTextsWiderIndexes) {
    ColumnWriter few, many;
    for (int i = 0; i < 300; ++i) {
        few.PutKey(i % 2 == 0 ? "binance" : "okx");
        many.PutKey(std::to_string(i));
    }
    std::string few_bytes, many_bytes;
    few.Write(300, few_bytes);
    many.Write(300, many_bytes);
    // Version, flags, number of keys, the keys with an empty one in front, number of rows, indexes.
    EXPECT_EQ(few_bytes.size(), 8u + 8 + 8 + 1 + 8 + 4 + 8 + 300);
    EXPECT_EQ(static_cast<uint8_t>(many_bytes[8]), 1);  // two bytes an index
}

}  // namespace
}  // namespace mp::storage::clickhouse
