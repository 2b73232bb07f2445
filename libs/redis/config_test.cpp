#include "redis/config.hpp"

#include <gtest/gtest.h>

#include "config/yaml.hpp"

namespace mp::redis {
namespace {

TEST(RedisUrl, HasAHostAndLeavesTheRestToDefaults) {
    const auto address = ParseUrl("redis://cache.internal");
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->Name(), "cache.internal:6379");
    EXPECT_EQ(address->user, "");
    EXPECT_EQ(address->password, "");
    EXPECT_EQ(address->database, 0u);
}

TEST(RedisUrl, MayNameUserPasswordPortAndDatabase) {
    const auto address = ParseUrl("redis://mp:p%40ss%2F:x@[::1]:7000/15");
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->Name(), "[::1]:7000");
    EXPECT_EQ(address->user, "mp");
    EXPECT_EQ(address->password, "p@ss/:x");
    EXPECT_EQ(address->database, 15u);
    EXPECT_EQ(ParseUrl("redis://:only@host")->password, "only");
    EXPECT_EQ(ParseUrl("redis://host:1/")->database, 0u);
}

TEST(RedisUrl, ThatIsMalformedIsRefusedWithoutItsPassword) {
    for (const char* url :
         {"",
          "host:6379",
          "http://host",
          "redisss://u:secret@host",
          "redis://",
          "redis://u:secret@",
          "redis://u:secret@host:0",
          "redis://u:secret@host:65536",
          "redis://u:secret@host:port",
          "redis://u:secret@host/one",
          "redis://u:secret@host/-1",
          "redis://u:secret@host/1/2",
          "redis://u:secret@host?db=1",
          "redis://u:secret%zz@host",
          "redis://u:secret/@host",
          "redis://u:secret@ho st",
          "redis://u:secret@[::1",
          "redis://u:secret@[::1]6379",
          "redis://u:secret@[host]"}) {
        const Status status = ParseUrl(url).status();
        EXPECT_TRUE(absl::IsInvalidArgument(status)) << url << " " << status;
        EXPECT_EQ(MessageOf(status).find("secret"), std::string_view::npos) << status;
    }
}

class RedisSection : public ::testing::Test {
  protected:
    // The errors of the section redis, and what it says.
    std::string Check(const std::string& yaml) {
        auto node = config::ParseYaml(yaml, {"test.yaml", 0, 1});
        EXPECT_TRUE(node.ok()) << node.status();
        config::Reader reader(*node);
        config::Reader section = reader.Section("redis");
        connection_ = {};
        Read(section, &connection_);
        effective_ = reader.Effective();
        return std::string(MessageOf(reader.Finish()));
    }
    ConnectionConfig connection_;
    std::string effective_;
};

TEST_F(RedisSection, IsOffByDefault) {
    EXPECT_EQ(Check("redis: {url: \"\", password: \"\"}"), "");
    EXPECT_FALSE(connection_.configured());
}

TEST_F(RedisSection, MayHoldThePasswordByItselfAndNeverShowsIt) {
    EXPECT_EQ(Check("redis: {url: \"redis://gw@host\", password: secret}"), "");
    EXPECT_EQ(connection_.address.password, "secret");
    EXPECT_EQ(effective_.find("secret"), std::string::npos) << effective_;
    EXPECT_EQ(Check("redis: {url: \"redis://gw:secret@host/3\"}"), "");
    EXPECT_EQ(effective_.find("secret"), std::string::npos) << effective_;
}

TEST_F(RedisSection, NamesWhatIsWrong) {
    EXPECT_NE(
        Check("redis: {url: \"redis://u:secret@host:no\"}").find("redis.url"), std::string::npos
    );
    EXPECT_NE(Check("redis: {url: \"redis://gw@host\"}").find("redis.url"), std::string::npos);
    EXPECT_NE(Check("redis: {password: secret}").find("redis.password"), std::string::npos);
    EXPECT_EQ(
        Check("redis: {url: \"redis://u:secret@host:no\"}").find("secret"), std::string::npos
    );
}

}  // namespace
}  // namespace mp::redis
