#include "backup/folders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/temp_dir.hpp"

namespace mp::backup {
namespace {

using ::testing::HasSubstr;

TEST(BackupFolders, WhatLiesInAFolderIsKnownThroughLinksAndDots) {
    const testing::TempDir folder;
    folder.Write("store/file", "x");
    std::filesystem::create_directory_symlink(folder / "store", folder / "link");
    const auto store = folder / "store";
    EXPECT_TRUE(LiesIn(store, store));
    EXPECT_TRUE(LiesIn(store / "", store));
    EXPECT_TRUE(LiesIn(store, store / ""));
    EXPECT_TRUE(LiesIn(store / "new" / "er", store));
    EXPECT_TRUE(LiesIn(folder / "link" / "new", store));
    EXPECT_TRUE(LiesIn(folder / "other" / ".." / "store" / "new", store));
    EXPECT_FALSE(LiesIn(folder / "store2", store));
    EXPECT_FALSE(LiesIn(folder.path(), store));
    EXPECT_FALSE(LiesIn(store / ".." / "beside", store));
}

TEST(BackupFolders, BackupsGoNeitherIntoTheStoreNorAmongOtherFiles) {
    const testing::TempDir folder;
    folder.Write("store/CURRENT", "x");
    folder.Write("other/file", "x");
    folder.Write("backups/meta/1", "x");
    const auto code = [&](const std::filesystem::path& to) {
        return CheckBackupFolder(to, folder / "store").code();
    };
    EXPECT_EQ(code(folder / "new"), StatusCode::kOk);
    EXPECT_EQ(code(folder / "backups"), StatusCode::kOk);
    EXPECT_EQ(code("backups"), StatusCode::kInvalidArgument);
    EXPECT_EQ(code(folder / "store"), StatusCode::kInvalidArgument);
    EXPECT_EQ(code(folder / "store" / "backups"), StatusCode::kInvalidArgument);
    EXPECT_EQ(code(folder / "other"), StatusCode::kFailedPrecondition);
    EXPECT_EQ(code(folder / "other" / "file"), StatusCode::kFailedPrecondition);
    folder.Write("begun/LOCK", "");
    EXPECT_EQ(code(folder / "begun"), StatusCode::kOk);
    folder.Write("earlier/LOCK", "");
    folder.Write("earlier/CURRENT", "x");
    EXPECT_EQ(code(folder / "earlier"), StatusCode::kFailedPrecondition) << "another store";
}

TEST(BackupFolders, AStoreGoesIntoANewOrAnEmptyFolder) {
    const testing::TempDir folder;
    folder.Write("store/CURRENT", "x");
    std::filesystem::create_directory(folder / "empty");
    EXPECT_TRUE(CheckStoreFolder(folder / "new").ok());
    EXPECT_TRUE(CheckStoreFolder(folder / "empty").ok());
    EXPECT_TRUE(CheckStoreFolder(folder / "empty" / "").ok());
    std::filesystem::create_directory_symlink(folder / "empty", folder / "link");
    EXPECT_THAT(std::string(CheckStoreFolder(folder / "link").message()), HasSubstr("link"));
    const Status full = CheckStoreFolder(folder / "store");
    EXPECT_EQ(full.code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(full.message()), HasSubstr("not empty"));
    EXPECT_THAT(
        std::string(CheckStoreFolder(folder / "store" / "CURRENT").message()),
        HasSubstr("no folder")
    );
}

TEST(BackupFolders, RoomIsCountedWithWhatIsKeptFree) {
    const testing::TempDir folder;
    EXPECT_TRUE(CheckRoom(folder.path(), 1, 0).ok());
    const Status full = CheckRoom(folder.path(), 5u << 20, 1ull << 60);
    EXPECT_EQ(full.code(), StatusCode::kResourceExhausted);
    EXPECT_THAT(std::string(full.message()), HasSubstr("5 MiB are needed"));
    EXPECT_EQ(CheckRoom(folder.path(), ~0ull, 1).code(), StatusCode::kResourceExhausted);
}

TEST(BackupFolders, AFileIsHeldByOneAtATime) {
    const testing::TempDir folder;
    auto first = HeldFile::Take(folder / "LOCK", "busy");
    ASSERT_TRUE(first.ok()) << first.status();
    const auto second = HeldFile::Take(folder / "LOCK", "busy");
    EXPECT_EQ(second.status().code(), StatusCode::kFailedPrecondition);
    EXPECT_EQ(second.status().message(), "busy");
    first->reset();
    EXPECT_TRUE(HeldFile::Take(folder / "LOCK", "busy").ok());
    EXPECT_EQ(
        HeldFile::Take(folder / "nowhere" / "LOCK", "busy").status().code(),
        StatusCode::kPermissionDenied
    );
}

}  // namespace
}  // namespace mp::backup
