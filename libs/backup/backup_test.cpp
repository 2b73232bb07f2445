// Backups of real stores, there and back.

#include <atomic>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/utilities/backup_engine.h>
#include <string>

#include "backup/make.hpp"
#include "backup/restore.hpp"
#include "testing/temp_dir.hpp"

namespace mp::backup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

// Says that it is full after so many bytes.
class SmallDisk final : public rocksdb::FileSystemWrapper {
  public:
    explicit SmallDisk(int64_t bytes)
        : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()), left_(bytes) {}
    const char* Name() const override { return "SmallDisk"; }

    rocksdb::IOStatus NewWritableFile(
        const std::string& name,
        const rocksdb::FileOptions& options,
        std::unique_ptr<rocksdb::FSWritableFile>* result,
        rocksdb::IODebugContext* debug
    ) override {
        rocksdb::IOStatus opened = target()->NewWritableFile(name, options, result, debug);
        if (opened.ok()) *result = std::make_unique<File>(std::move(*result), left_);
        return opened;
    }

  private:
    class File final : public rocksdb::FSWritableFileOwnerWrapper {
      public:
        File(std::unique_ptr<rocksdb::FSWritableFile> file, std::atomic<int64_t>& left)
            : rocksdb::FSWritableFileOwnerWrapper(std::move(file)), left_(left) {}

        rocksdb::IOStatus Append(
            const rocksdb::Slice& data,
            const rocksdb::IOOptions& options,
            rocksdb::IODebugContext* debug
        ) override {
            if (!Fits(data)) return rocksdb::IOStatus::NoSpace("the disk is full");
            return FSWritableFileOwnerWrapper::Append(data, options, debug);
        }
        rocksdb::IOStatus Append(
            const rocksdb::Slice& data,
            const rocksdb::IOOptions& options,
            const rocksdb::DataVerificationInfo& verification,
            rocksdb::IODebugContext* debug
        ) override {
            if (!Fits(data)) return rocksdb::IOStatus::NoSpace("the disk is full");
            return FSWritableFileOwnerWrapper::Append(data, options, verification, debug);
        }

      private:
        bool Fits(const rocksdb::Slice& data) {
            left_ -= static_cast<int64_t>(data.size());
            return left_ >= 0;
        }

        std::atomic<int64_t>& left_;
    };

    std::atomic<int64_t> left_;
};

class BackupTest : public ::testing::Test {
  protected:
    BackupTest() { Open(folder_ / "store"); }

    void Open(const fs::path& path) {
        db_.reset();
        rocksdb::Options options;
        options.create_if_missing = true;
        rocksdb::DB* raw = nullptr;
        const auto opened = rocksdb::DB::Open(options, path.string(), &raw);
        if (!opened.ok()) throw std::runtime_error(opened.ToString());
        db_.reset(raw);
    }

    // Rows that do not compress well.
    void Put(int first, int last) {
        for (int i = first; i <= last; ++i) {
            std::string value(100, ' ');
            for (char& c : value) {
                noise_ = noise_ * 1664525 + 1013904223;
                c = static_cast<char>(noise_ >> 24);
            }
            ASSERT_TRUE(db_->Put({}, std::to_string(i), value).ok());
        }
    }
    int Rows() {
        int rows = 0;
        const std::unique_ptr<rocksdb::Iterator> all(db_->NewIterator({}));
        for (all->SeekToFirst(); all->Valid(); all->Next()) ++rows;
        return rows;
    }

    Result<Made> Back(MakeOptions options = {}) {
        if (options.to.empty()) options.to = folder_ / "backups";
        return Make(*db_, label_, options, [this](double fraction) {
            fraction_ = fraction;
            return fraction < stop_at_;
        });
    }
    Result<Backup> Bring(const std::string& to, uint32_t id = 0) {
        return Restore({folder_ / "backups", folder_ / to, id});
    }
    size_t SharedTables() {
        size_t count = 0;
        for (const auto& file : fs::directory_iterator(folder_ / "backups" / "shared_checksum")) {
            count += file.is_regular_file() ? 1 : 0;
        }
        return count;
    }
    // The largest table that backups share.
    fs::path Table() {
        fs::path largest;
        for (const auto& file : fs::directory_iterator(folder_ / "backups" / "shared_checksum")) {
            if (largest.empty() || file.file_size() > fs::file_size(largest)) largest = file.path();
        }
        return largest;
    }

    testing::TempDir folder_;
    std::unique_ptr<rocksdb::DB> db_;
    Label label_{kStoreSchema, "1.0.0", 7, 42, 5};
    uint32_t noise_ = 1;
    double fraction_ = -1;
    double stop_at_ = 2;
};

TEST_F(BackupTest, BringsBackEachOfSeveralBackups) {
    Put(1, 1000);
    const auto first = Back();
    ASSERT_TRUE(first.ok()) << first.status();
    EXPECT_GE(fraction_, 0);
    Put(1001, 1500);
    label_.floor = 43;
    const auto second = Back();
    ASSERT_TRUE(second.ok()) << second.status();
    EXPECT_EQ(second->id, first->id + 1);
    EXPECT_LT(second->copied_bytes, second->bytes) << "what is known is shared";
    Put(1501, 1600);

    const auto listed = List(folder_ / "backups");
    ASSERT_TRUE(listed.ok()) << listed.status();
    ASSERT_EQ(listed->sound.size(), 2u);
    EXPECT_EQ(listed->sound[1].label, label_);
    EXPECT_EQ(listed->sound[1].bytes, second->bytes);
    EXPECT_GT(listed->sound[1].made, 1'600'000'000 * kSecond);

    const auto newest = Bring("newest");
    ASSERT_TRUE(newest.ok()) << newest.status();
    EXPECT_EQ(newest->id, second->id);
    ASSERT_TRUE(Bring("first", first->id).ok());
    Open(folder_ / "newest");
    EXPECT_EQ(Rows(), 1500);
    Open(folder_ / "first");
    EXPECT_EQ(Rows(), 1000);
    EXPECT_FALSE(fs::exists(folder_ / "newest.restoring"));
    EXPECT_FALSE(fs::exists(folder_ / "newest.restoring.lock"));
}

TEST_F(BackupTest, ARestoredStoreGoesOnAndIsBackedUpIntoTheSameFolder) {
    Put(1, 100);
    ASSERT_TRUE(Back().ok());
    ASSERT_TRUE(Bring("again").ok());
    Open(folder_ / "again");
    Put(101, 200);
    ASSERT_TRUE(Back().ok());
    ASSERT_TRUE(Bring("and again").ok());
    Open(folder_ / "and again");
    EXPECT_EQ(Rows(), 200);
}

TEST_F(BackupTest, OldOnesGoAndWhatOthersNeedStays) {
    for (int i = 0; i < 4; ++i) {
        Put(i * 100 + 1, i * 100 + 100);
        ASSERT_TRUE(Back({.keep = 2}).ok());
    }
    const auto listed = List(folder_ / "backups");
    ASSERT_TRUE(listed.ok());
    EXPECT_EQ(listed->sound.size(), 2u);
    EXPECT_EQ(Bring("gone", 1).status().code(), StatusCode::kNotFound);
    ASSERT_TRUE(Bring("newest").ok());
    Open(folder_ / "newest");
    EXPECT_EQ(Rows(), 400);
}

TEST_F(BackupTest, StoppedOrWithoutRoomNothingOfItStays) {
    Put(1, 100);
    ASSERT_TRUE(Back().ok());
    const size_t tables = SharedTables();
    for (int i = 0; i < 40; ++i) Put(1'000 + i * 1'000, 1'999 + i * 1'000);  // 4 MB
    ASSERT_TRUE(db_->Flush({}).ok());

    stop_at_ = 0.1;
    EXPECT_EQ(Back().status().code(), StatusCode::kCancelled);
    stop_at_ = 2;
    const auto refused = Back({.kept_free = 1ull << 60});
    EXPECT_EQ(refused.status().code(), StatusCode::kResourceExhausted);
    const std::unique_ptr<rocksdb::Env> small =
        rocksdb::NewCompositeEnv(std::make_shared<SmallDisk>(1 << 20));
    const auto full = Back({.env = small.get()});
    EXPECT_EQ(full.status().code(), StatusCode::kResourceExhausted) << full.status();

    EXPECT_EQ(SharedTables(), tables);
    const auto listed = List(folder_ / "backups");
    ASSERT_TRUE(listed.ok());
    EXPECT_EQ(listed->sound.size(), 1u);
    ASSERT_TRUE(Back().ok()) << "and the next one can be made";
    ASSERT_TRUE(Bring("newest").ok());
    Open(folder_ / "newest");
    EXPECT_EQ(Rows(), 40'100);
}

TEST_F(BackupTest, ADamagedBackupIsNamedAndLeavesNothing) {
    Put(1, 100);
    ASSERT_TRUE(Back().ok());
    Put(101, 1000);
    ASSERT_TRUE(Back().ok());
    std::fstream table(Table(), std::ios::in | std::ios::out | std::ios::binary);
    table.seekp(500);
    table.put('!').put('?');
    table.close();
    const auto flipped = Bring("to");
    EXPECT_EQ(flipped.status().code(), StatusCode::kDataLoss);
    EXPECT_THAT(std::string(flipped.status().message()), HasSubstr("backup 2 is damaged"));
    EXPECT_THAT(std::string(flipped.status().message()), HasSubstr("--backup 1"));
    EXPECT_FALSE(fs::exists(folder_ / "to"));
    EXPECT_FALSE(fs::exists(folder_ / "to.restoring"));

    fs::resize_file(Table(), fs::file_size(Table()) - 1);
    EXPECT_EQ(Bring("to").status().code(), StatusCode::kDataLoss);
    EXPECT_FALSE(fs::exists(folder_ / "to"));

    fs::remove(Table());
    const auto listed = List(folder_ / "backups");
    ASSERT_TRUE(listed.ok());
    EXPECT_THAT(listed->damaged, ElementsAre(2u));
    EXPECT_EQ(Bring("to").status().code(), StatusCode::kDataLoss) << "not the older one silently";
    ASSERT_TRUE(Bring("to", 1).ok());
    Open(folder_ / "to");
    EXPECT_EQ(Rows(), 100);
}

TEST_F(BackupTest, RefusesWhatItShouldNotTouch) {
    Put(1, 10);
    EXPECT_EQ(Bring("to").status().code(), StatusCode::kNotFound);
    EXPECT_EQ(
        Back({.to = folder_ / "store" / "backups"}).status().code(), StatusCode::kInvalidArgument
    );
    ASSERT_TRUE(Back().ok());
    folder_.Write("full/file", "precious");
    EXPECT_EQ(Bring("full").status().code(), StatusCode::kFailedPrecondition);
    EXPECT_EQ(testing::ReadFile(folder_ / "full/file"), "precious");
    EXPECT_EQ(Bring("backups/inside").status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(Bring("to", 9).status().code(), StatusCode::kNotFound);
    label_.schema = kStoreSchema + 1;
    ASSERT_TRUE(Back().ok());
    const auto newer = Bring("to");
    EXPECT_EQ(newer.status().code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(
        std::string(newer.status().message()),
        HasSubstr("schema version " + std::to_string(label_.schema))
    );
    EXPECT_FALSE(fs::exists(folder_ / "to"));
}

TEST_F(BackupTest, TellsAnotherProgramsBackupFromItsOwn) {
    Put(1, 10);
    ASSERT_TRUE(Back().ok());
    rocksdb::BackupEngine* raw = nullptr;
    const rocksdb::BackupEngineOptions options((folder_ / "backups").string());
    ASSERT_TRUE(rocksdb::BackupEngine::Open(options, rocksdb::Env::Default(), &raw).ok());
    const std::unique_ptr<rocksdb::BackupEngine> other(raw);
    ASSERT_TRUE(other->CreateNewBackup(db_.get()).ok());
    const auto listed = List(folder_ / "backups");
    ASSERT_TRUE(listed.ok()) << listed.status();
    EXPECT_EQ(listed->sound.size(), 1u);
    EXPECT_THAT(listed->foreign, ::testing::ElementsAre(2u));
    EXPECT_EQ(Bring("foreign", 2).status().code(), StatusCode::kFailedPrecondition);
    EXPECT_TRUE(Bring("to").ok());
}

TEST_F(BackupTest, AnInterruptedRestoreIsNotInTheWayOfTheNext) {
    Put(1, 10);
    ASSERT_TRUE(Back().ok());
    folder_.Write("to.restoring/000001.sst", "half");
    fs::create_directory(folder_ / "to");
    ASSERT_TRUE(Bring("to").ok());
    Open(folder_ / "to");
    EXPECT_EQ(Rows(), 10);
}

}  // namespace
}  // namespace mp::backup
