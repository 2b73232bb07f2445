#include "auth/key_store.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>

#include "testing/temp_dir.hpp"

namespace mp::auth {
namespace {

constexpr Nanos kNow = 1'718'000'000 * kSecond;

class KeyStoreTest : public ::testing::Test {
  protected:
    std::string CreateKey(const std::string& name, Role role) {
        const Result<std::string> key = store_.Create(name, role, kNow);
        EXPECT_TRUE(key.ok()) << key.status();
        return key.value_or("");
    }

    testing::TempDir folder_;
    const std::filesystem::path path_ = folder_ / "keys" / "keys.json";
    KeyStore store_{path_};
};

TEST_F(KeyStoreTest, HoldsNothingWithoutAFile) {
    EXPECT_TRUE(store_.Refresh().ok());
    EXPECT_TRUE(store_.empty());
    EXPECT_EQ(store_.Verify("mp_000000000000_00"), nullptr);
    EXPECT_EQ(store_.Verify(""), nullptr);
}

TEST_F(KeyStoreTest, VerifiesWhatItMade) {
    const std::string key = CreateKey("desk", Role::kOperator);
    const KeyInfo* info = store_.Verify(key);
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(info->name, "desk");
    EXPECT_EQ(info->role, Role::kOperator);
    EXPECT_EQ(info->created, kNow);
    EXPECT_EQ(store_.Verify(key + "0"), nullptr);
    EXPECT_EQ(store_.Verify(key.substr(0, key.size() - 1) + "x"), nullptr);
}

TEST_F(KeyStoreTest, KeepsNoKeyInTheFileAndTheFilePrivate) {
    const std::string key = CreateKey("desk", Role::kAdmin);
    const std::string text = testing::ReadFile(path_);
    EXPECT_EQ(text.find(key), std::string::npos);
    EXPECT_EQ(text.find(key.substr(key.rfind('_') + 1)), std::string::npos);
    struct stat found {};
    ASSERT_EQ(::stat(path_.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(KeyStoreTest, CountsItsChanges) {
    KeyStore gateway(path_);
    ASSERT_TRUE(gateway.Refresh().ok());
    const std::string key = CreateKey("desk", Role::kReader);
    const uint64_t before = gateway.changes();
    ASSERT_TRUE(gateway.Refresh().ok());
    const uint64_t created = gateway.changes();
    EXPECT_NE(created, before);
    ASSERT_TRUE(gateway.Refresh().ok());
    EXPECT_EQ(gateway.changes(), created) << "nothing has changed";
    const std::string id = store_.List().front().id;
    ASSERT_TRUE(store_.Revoke(id).ok());
    ASSERT_TRUE(gateway.Refresh().ok());
    EXPECT_NE(gateway.changes(), created);
}

TEST_F(KeyStoreTest, SeesWhatAnotherProcessChanged) {
    KeyStore gateway(path_);
    ASSERT_TRUE(gateway.Refresh().ok());
    const std::string first = CreateKey("first", Role::kReader);
    const std::string second = CreateKey("second", Role::kAdmin);
    ASSERT_TRUE(gateway.Refresh().ok());
    ASSERT_NE(gateway.Verify(first), nullptr);
    const std::string id = gateway.Verify(first)->id;
    ASSERT_TRUE(store_.Revoke(id).ok());
    ASSERT_TRUE(gateway.Refresh().ok());
    EXPECT_EQ(gateway.Verify(first), nullptr);
    EXPECT_NE(gateway.Verify(second), nullptr);
    ASSERT_EQ(gateway.List().size(), 1u);
    EXPECT_EQ(gateway.List()[0].name, "second");
}

TEST_F(KeyStoreTest, EditsWhatAnotherProcessLeft) {
    CreateKey("first", Role::kReader);
    KeyStore other(path_);
    ASSERT_TRUE(other.Create("second", Role::kReader, kNow).ok());
    CreateKey("third", Role::kReader);
    EXPECT_EQ(store_.List().size(), 3u);
}

TEST_F(KeyStoreTest, KeepsItsKeysWhenTheFileIsDamaged) {
    const std::string key = CreateKey("desk", Role::kReader);
    std::ofstream(path_) << "{\"version\":1,\"keys\":[{\"id\":";
    EXPECT_FALSE(store_.Refresh().ok());
    EXPECT_NE(store_.Verify(key), nullptr);
    std::ofstream(path_) << "{\"version\":2,\"keys\":[]}";
    EXPECT_FALSE(store_.Refresh().ok());
    EXPECT_FALSE(store_.Create("another", Role::kReader, kNow).ok());
}

TEST_F(KeyStoreTest, RefusesNamesThatBreakATable) {
    EXPECT_FALSE(store_.Create("", Role::kReader, kNow).ok());
    EXPECT_FALSE(store_.Create("two\nlines", Role::kReader, kNow).ok());
    EXPECT_EQ(store_.Revoke("nobody").code(), StatusCode::kNotFound);
}

TEST(Role, EachIncludesTheOnesBefore) {
    EXPECT_TRUE(Allows(Role::kAdmin, Role::kReader));
    EXPECT_TRUE(Allows(Role::kOperator, Role::kOperator));
    EXPECT_FALSE(Allows(Role::kReader, Role::kOperator));
    EXPECT_EQ(ParseRole("operator").value(), Role::kOperator);
    EXPECT_FALSE(ParseRole("root").ok());
}

}  // namespace
}  // namespace mp::auth
