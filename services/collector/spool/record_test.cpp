#include "collector/spool/record.hpp"

#include <gtest/gtest.h>

#include "collector/spool/crc32c.hpp"

namespace mp::collector {
namespace {

std::string Encode(const SpoolRecord& record) {
    return EncodeRecordHeader(record) + std::string(record.subject) + std::string(record.payload);
}

const SpoolRecord kRecord{42, RecordKind::kClaim, "md.binance.spot.trade.3", "payload\0with zero"};

TEST(Crc32c, GivesTheKnownCheckValue) {
    EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
    EXPECT_EQ(Crc32c("56789", Crc32c("1234")), 0xE3069283u);
}

TEST(SpoolRecord, ComesBackAsItWentIn) {
    const std::string bytes = Encode(kRecord) + "more";
    const auto parsed = ParseRecord(bytes);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->size, bytes.size() - 4);
    EXPECT_EQ(parsed->record.sequence, 42u);
    EXPECT_EQ(parsed->record.kind, RecordKind::kClaim);
    EXPECT_EQ(parsed->record.subject, kRecord.subject);
    EXPECT_EQ(parsed->record.payload, kRecord.payload);
}

TEST(SpoolRecord, IsRefusedWhenCutAtAnyByte) {
    const std::string bytes = Encode(kRecord);
    for (size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(ParseRecord(bytes.substr(0, size))) << size;
    }
}

TEST(SpoolRecord, IsRefusedWithAnyBitFlipped) {
    const std::string bytes = Encode(kRecord);
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string damaged = bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(ParseRecord(damaged)) << bit;
    }
}

TEST(SpoolRecord, DamageInsideARecordCostsThatRecordOnly) {
    std::string bytes = Encode(kRecord);
    const size_t size = bytes.size();
    bytes[size - 1] ^= 1;
    bytes += Encode({43, RecordKind::kData, "s", "p"});
    EXPECT_EQ(SkipDamaged(bytes), size);
}

TEST(SpoolRecord, DamageInTheSizeFieldCostsTheRest) {
    std::string bytes = Encode(kRecord);
    bytes[0] ^= 1;
    bytes += Encode({43, RecordKind::kData, "s", "p"});
    EXPECT_FALSE(SkipDamaged(bytes));
}

}  // namespace
}  // namespace mp::collector
