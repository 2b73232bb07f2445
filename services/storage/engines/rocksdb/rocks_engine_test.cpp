// What only the RocksDB engine has to stand: crashes, damaged files, full disks, other versions.

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <rocksdb/db.h>
#include <thread>
#include <vector>

#include "backup/restore.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/open.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/faulty_disk.hpp"
#include "testing/eventually.hpp"
#include "testing/temp_dir.hpp"

namespace mp::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const model::Series kTrades = TestSeries(model::DataType::kTrade);

Result<std::unique_ptr<Engine>> Open(
    const std::filesystem::path& path, uint64_t min_free_bytes = 0, rocksdb::Env* env = nullptr
) {
    RocksConfig config;
    config.path = path;
    config.min_free_bytes = min_free_bytes;
    config.env = env;
    return OpenRocksEngine(config);
}

std::unique_ptr<Engine> MustOpen(const std::filesystem::path& path) {
    Result<std::unique_ptr<Engine>> engine = Open(path);
    if (!engine.ok()) throw std::runtime_error(engine.status().ToString());
    return *std::move(engine);
}

// The store as a crash at this moment would leave it.
void CopyStore(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

std::filesystem::path LogOf(const std::filesystem::path& store) {
    std::filesystem::path newest;
    for (const auto& file : std::filesystem::directory_iterator(store)) {
        if (file.path().extension() == ".log" && file.path() > newest) newest = file.path();
    }
    return newest;
}

// Writes to the store's files directly.
void PutRaw(const std::filesystem::path& path, const std::string& key, const std::string& value) {
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, path.string(), &db).ok());
    const std::unique_ptr<rocksdb::DB> owner(db);
    ASSERT_TRUE(db->Put({}, key, value).ok());
}

TEST(RocksEngine, HasEverythingThatWasCommittedAfterACrash) {
    const testing::TempDir folder;
    auto engine = MustOpen(folder / "store");
    std::string before;
    for (uint64_t i = 0; i < 20; ++i) {
        Append(*engine, {TestTrade(static_cast<Nanos>(i), i), TestBbo(static_cast<Nanos>(i), i)});
        before = Dump(*engine);
        CopyStore(folder / "store", folder / "crashed");
        ASSERT_EQ(Dump(*MustOpen(folder / "crashed")), before);
    }
}

TEST(RocksEngine, RefusesASecondProcess) {
    const testing::TempDir folder;
    const auto engine = MustOpen(folder / "store");
    const auto second = Open(folder / "store");
    EXPECT_EQ(second.status().code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(second.status().message()), HasSubstr("another process"));
}

TEST(RocksEngine, RefusesTheStoreOfANewerVersion) {
    const testing::TempDir folder;
    MustOpen(folder / "store").reset();
    PutRaw(folder / "store", layout::MetaKey("schema"), "99");
    const auto engine = Open(folder / "store");
    EXPECT_EQ(engine.status().code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(engine.status().message()), HasSubstr("schema version 99"));
}

TEST(RocksEngine, MigratesAnOlderStore) {
    const testing::TempDir folder;
    {
        const auto engine = MustOpen(folder / "store");
        Append(*engine, {TestTrade(1, 1), TestTrade(2, 2), TestBbo(3, 3)});
    }
    const std::string before = Dump(*MustOpen(folder / "store"));
    PutRaw(folder / "store", layout::MetaKey("schema"), "1");
    for (const SeriesId id : {1u, 2u}) {
        PutRaw(folder / "store", layout::SeriesKey(layout::Kind::kCounters, id), "");
    }
    EXPECT_EQ(Dump(*MustOpen(folder / "store")), before);
}

TEST(RocksEngine, SaysWhichStoredBytesAreDamaged) {
    const testing::TempDir folder;
    MustOpen(folder / "store").reset();
    PutRaw(folder / "store", layout::SeriesKey(layout::Kind::kDictionary, 1), "x");
    EXPECT_EQ(Open(folder / "store").status().code(), StatusCode::kDataLoss);
}

// The log's last record is the last batch: whatever happens to it, the batches before are there,
// and the last one is there whole or not at all. Where it is not, opening says so.
class DamagedTail : public ::testing::Test {
  protected:
    DamagedTail() {
        auto engine = MustOpen(folder_ / "store");
        Append(*engine, {TestTrade(10, 1), TestTrade(20, 2)});
        before_ = Dump(*engine);
        begin_ = std::filesystem::file_size(LogOf(folder_ / "store"));
        Append(*engine, {TestTrade(30, 3)});
        after_ = Dump(*engine);
        CopyStore(folder_ / "store", folder_ / "crashed");
        end_ = std::filesystem::file_size(LogOf(folder_ / "crashed"));
    }

    void ExpectSound(const std::filesystem::path& store) {
        auto engine = MustOpen(store);
        const std::string now = Dump(*engine);
        if (now == before_) {
            EXPECT_THAT(std::string(engine->recovery()), Not(IsEmpty()));
        } else {
            EXPECT_EQ(now, after_);
        }
        // It is a store like any other: what was lost can be appended again and stays.
        Append(*engine, {TestTrade(30, 3)});
        engine.reset();
        EXPECT_EQ(Dump(*MustOpen(store)), after_);
    }

    testing::TempDir folder_;
    std::string before_;
    std::string after_;
    uintmax_t begin_ = 0;
    uintmax_t end_ = 0;
};

TEST_F(DamagedTail, CutAtEveryByte) {
    ASSERT_GT(end_, begin_);
    for (uintmax_t size = begin_ + 1; size < end_; ++size) {
        SCOPED_TRACE(size);
        CopyStore(folder_ / "crashed", folder_ / "cut");
        std::filesystem::resize_file(LogOf(folder_ / "cut"), size);
        ExpectSound(folder_ / "cut");
    }
}

TEST_F(DamagedTail, FlippedAtEveryByte) {
    for (uintmax_t place = begin_; place < end_; ++place) {
        SCOPED_TRACE(place);
        CopyStore(folder_ / "crashed", folder_ / "flipped");
        std::fstream log(
            LogOf(folder_ / "flipped"), std::ios::in | std::ios::out | std::ios::binary
        );
        log.seekg(static_cast<std::streamoff>(place));
        const char byte = static_cast<char>(log.get() ^ (1 << (place % 8)));
        log.seekp(static_cast<std::streamoff>(place));
        log.put(byte);
        log.close();
        ExpectSound(folder_ / "flipped");
    }
}

TEST(RocksEngine, IsBackedUpWhileItIsWrittenTo) {
    const testing::TempDir folder;
    auto engine = MustOpen(folder / "store");
    Append(*engine, {TestTrade(0, 0)});
    std::atomic<bool> enough{false};
    std::thread writer([&] {
        for (uint64_t i = 1; !enough; ++i) {
            Append(
                *engine, {TestTrade(static_cast<Nanos>(i), i), TestBbo(static_cast<Nanos>(i), i)}
            );
        }
    });
    std::vector<BackupReport> reports;
    for (int i = 0; i < 3; ++i) {
        const auto report = engine->Backup({folder / "backups", 0}, [](double) { return true; });
        EXPECT_TRUE(report.ok()) << report.status();
        if (report.ok()) reports.push_back(*report);
    }
    enough = true;
    writer.join();
    const auto all = Rows(*engine, kTrades);
    ASSERT_EQ(reports.size(), 3u);
    for (const BackupReport& report : reports) {
        SCOPED_TRACE(report.id);
        const auto to = folder / ("restored" + std::to_string(report.id));
        const auto restored = backup::Restore({folder / "backups", to, report.id});
        ASSERT_TRUE(restored.ok()) << restored.status();
        const auto again = MustOpen(to);
        EXPECT_THAT(std::string(again->recovery()), IsEmpty());
        const auto rows = Rows(*again, kTrades);
        EXPECT_GE(2 * rows.size(), report.events) << "what was committed before is in it";
        ASSERT_LE(rows.size(), all.size());
        EXPECT_TRUE(std::equal(rows.begin(), rows.end(), all.begin()));
        EXPECT_EQ(Rows(*again, TestSeries(model::DataType::kBbo)).size(), rows.size() - 1);
    }
}

TEST(RocksEngine, StopsAcceptingBeforeTheDiskIsFull) {
    const testing::TempDir folder;
    {
        auto engine = MustOpen(folder / "store");
        Append(*engine, {TestTrade(10, 1)});
    }
    auto engine = Open(folder / "store", 1ull << 60);
    ASSERT_TRUE(engine.ok());
    const auto refused = TryAppend(**engine, {TestTrade(20, 2)});
    EXPECT_EQ(refused.status().code(), StatusCode::kResourceExhausted);
    EXPECT_EQ((*engine)->Health(), refused.status());
    EXPECT_EQ(Rows(**engine, kTrades).size(), 1u);
}

TEST(RocksEngine, ReadsGoOnWhileTheDiskIsFullAndAppendingComesBackByItself) {
    const testing::TempDir folder;
    const auto disk = std::make_shared<FaultyDisk>();
    const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
    auto engine = Open(folder / "store", 0, env.get());
    ASSERT_TRUE(engine.ok()) << engine.status();
    Append(**engine, {TestTrade(10, 1), TestTrade(20, 2)});

    disk->SetFull(true);
    for (int attempt = 0; attempt < 3; ++attempt) {
        EXPECT_EQ(
            TryAppend(**engine, {TestTrade(30, 3)}).status().code(), StatusCode::kResourceExhausted
        );
        EXPECT_FALSE((*engine)->Health().ok());
        EXPECT_EQ(Rows(**engine, kTrades).size(), 2u);
    }

    disk->SetFull(false);
    ASSERT_TRUE(testing::Eventually(
        [&] { return TryAppend(**engine, {TestTrade(30, 3)}).ok(); }, std::chrono::seconds(30)
    )) << (*engine)->Health();
    EXPECT_TRUE((*engine)->Health().ok());
    engine->reset();
    EXPECT_EQ(Rows(*MustOpen(folder / "store"), kTrades).size(), 3u);
}

}  // namespace
}  // namespace mp::storage
