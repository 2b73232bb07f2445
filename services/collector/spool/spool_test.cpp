#include "collector/spool/spool.hpp"

#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace mp::collector {
namespace {

namespace fs = std::filesystem;

class SpoolTest : public testing::Test {
  protected:
    SpoolTest() : directory_(fs::temp_directory_path() / fmt::format("mp-spool-{}", getpid())) {
        fs::remove_all(directory_);
    }
    ~SpoolTest() override { fs::remove_all(directory_); }

    std::unique_ptr<Spool> Open(uint64_t max_bytes = 1 << 20, uint64_t segment_bytes = 4096) {
        recovery_ = {};
        auto spool = Spool::Open({directory_, max_bytes, segment_bytes, 1024}, recovery_);
        EXPECT_TRUE(spool.ok()) << spool.status();
        return spool.ok() ? std::move(*spool) : nullptr;
    }

    static std::vector<std::string> ReadAll(Spool& spool) {
        std::vector<std::string> payloads;
        auto cursor = spool.ReadAfter(spool.trimmed());
        for (;;) {
            const auto record = cursor.Next();
            EXPECT_TRUE(record.ok()) << record.status();
            if (!record.ok() || !*record) return payloads;
            payloads.emplace_back((*record)->payload);
        }
    }

    static std::string Payload(int i) {
        return fmt::format("record {} {}", i, std::string(100, 'x'));
    }
    static void Fill(Spool& spool, int from, int to) {
        for (int i = from; i < to; ++i) {
            ASSERT_TRUE(spool.Append(RecordKind::kData, "subject", Payload(i)).ok());
        }
    }

    // The segment that was written last and is not empty.
    fs::path LastSegment() const {
        fs::path last;
        for (const auto& entry : fs::directory_iterator(directory_)) {
            if (entry.path().extension() == ".seg" && entry.file_size() > 0) {
                last = std::max(last, entry.path());
            }
        }
        return last;
    }

    fs::path directory_;
    SpoolRecovery recovery_;
};

std::string ReadFile(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void WriteFile(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

TEST_F(SpoolTest, GivesRecordsBackInOrderAfterAReopen) {
    {
        auto spool = Open();
        Fill(*spool, 0, 200);
        EXPECT_EQ(spool->last(), 200u);
    }
    auto spool = Open();
    EXPECT_EQ(recovery_.records, 200u);
    EXPECT_EQ(recovery_.damaged, 0u);
    const auto all = ReadAll(*spool);
    ASSERT_EQ(all.size(), 200u);
    for (int i = 0; i < 200; ++i) EXPECT_EQ(all[static_cast<size_t>(i)], Payload(i));
    EXPECT_EQ(spool->Append(RecordKind::kData, "s", "p").value(), 201u);
}

TEST_F(SpoolTest, ForgetsWhatIsTrimmedAcrossAReopen) {
    {
        auto spool = Open();
        Fill(*spool, 0, 200);
        const uint64_t before = spool->bytes();
        spool->Trim(150);
        EXPECT_LT(spool->bytes(), before);
    }
    auto spool = Open();
    EXPECT_EQ(recovery_.records, 50u);
    const auto all = ReadAll(*spool);
    ASSERT_EQ(all.size(), 50u);
    EXPECT_EQ(all.front(), Payload(150));
}

TEST_F(SpoolTest, KeepsItsNumbersWhenEverythingWasTrimmed) {
    {
        auto spool = Open();
        Fill(*spool, 0, 10);
        spool->Trim(10);
    }
    auto spool = Open();
    EXPECT_TRUE(ReadAll(*spool).empty());
    EXPECT_EQ(spool->Append(RecordKind::kData, "s", "p").value(), 11u);
}

TEST_F(SpoolTest, ACursorSeesWhatIsAppendedLater) {
    auto spool = Open();
    auto cursor = spool->ReadAfter(0);
    EXPECT_FALSE(cursor.Next()->has_value());
    Fill(*spool, 0, 100);
    for (int i = 0; i < 100; ++i) EXPECT_EQ((*cursor.Next())->payload, Payload(i));
    EXPECT_FALSE(cursor.Next()->has_value());
    Fill(*spool, 100, 150);
    cursor.MoveToEnd();
    Fill(*spool, 150, 151);
    EXPECT_EQ((*cursor.Next())->payload, Payload(150));
}

TEST_F(SpoolTest, RefusesDataWhenFullButKeepsRoomForClaims) {
    auto spool = Open(2000);
    Status refused;
    for (int i = 0; i < 100 && refused.ok(); ++i) {
        refused = spool->Append(RecordKind::kData, "s", Payload(i)).status();
    }
    EXPECT_EQ(refused.code(), StatusCode::kResourceExhausted);
    EXPECT_TRUE(spool->Append(RecordKind::kClaim, "s", "claim").ok());
    spool->Trim(spool->last());
    EXPECT_EQ(ReadAll(*spool).size(), 0u);
}

TEST_F(SpoolTest, WhatIsTrimmedMakesRoomHoweverSmallItIs) {
    auto spool = Open(4000, 1 << 20);
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(spool->Append(RecordKind::kData, "s", Payload(i)).ok()) << i;
        spool->Trim(spool->last());
    }
}

TEST_F(SpoolTest, BelongsToOneProcessAtATime) {
    auto spool = Open();
    SpoolRecovery recovery;
    const auto second = Spool::Open({directory_}, recovery);
    EXPECT_EQ(second.status().code(), StatusCode::kAlreadyExists);
}

// What a kill leaves: the last record cut anywhere.
TEST_F(SpoolTest, ATailCutAtAnyByteCostsOnlyTheLastRecord) {
    {
        auto spool = Open();
        Fill(*spool, 0, 3);
    }
    const fs::path path = LastSegment();
    const std::string whole = ReadFile(path);
    const size_t record = whole.size() / 3;
    for (size_t size = 2 * record; size < whole.size(); ++size) {
        WriteFile(path, whole.substr(0, size));
        auto spool = Open();
        ASSERT_EQ(ReadAll(*spool).size(), 2u) << size;
        EXPECT_EQ(recovery_.damaged, size == 2 * record ? 0u : 1u) << size;
        EXPECT_EQ(recovery_.notes.size(), recovery_.damaged);
        ASSERT_TRUE(spool->Append(RecordKind::kData, "s", "new").ok());
        EXPECT_EQ(ReadAll(*spool).back(), "new");
        fs::remove(LastSegment());
    }
}

TEST_F(SpoolTest, ATailFlippedAtAnyByteCostsOnlyTheLastRecord) {
    {
        auto spool = Open();
        Fill(*spool, 0, 3);
    }
    const fs::path path = LastSegment();
    const std::string whole = ReadFile(path);
    for (size_t at = 2 * (whole.size() / 3); at < whole.size(); ++at) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
        WriteFile(path, damaged);
        auto spool = Open();
        ASSERT_EQ(ReadAll(*spool).size(), 2u) << at;
        EXPECT_EQ(recovery_.damaged, 1u) << at;
    }
}

TEST_F(SpoolTest, ADamagedFloorOnlyRepeats) {
    {
        auto spool = Open();
        Fill(*spool, 0, 5);
        spool->Trim(4);
    }
    const std::string mark = ReadFile(directory_ / "acked");
    for (size_t at = 0; at < 12; ++at) {
        std::string damaged = mark;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        WriteFile(directory_ / "acked", damaged);
        auto spool = Open();
        EXPECT_EQ(ReadAll(*spool).size(), 5u) << at;
    }
}

}  // namespace
}  // namespace mp::collector
