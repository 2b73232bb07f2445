#include "bus/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml.hpp"

namespace mp::bus {
namespace {

using ::testing::HasSubstr;

Status ReadFrom(const std::string& text, ConnectionConfig* connection, int* replicas) {
    const auto tree = config::ParseYaml(text, {.source = "test.yaml"});
    if (!tree.ok()) return tree.status();
    config::Reader reader(*tree);
    config::Reader section = reader.Section("bus");
    Read(section, connection, replicas);
    return reader.Finish();
}

TEST(BusConfig, ReadsWhatAllServicesShare) {
    ConnectionConfig connection;
    int replicas = 1;
    const Status read = ReadFrom(
        "bus: {url: 'tls://broker:4222', user: me, password: secret, replicas: 3}\n",
        &connection,
        &replicas
    );
    ASSERT_TRUE(read.ok()) << read;
    EXPECT_EQ(connection.url, "tls://broker:4222");
    EXPECT_EQ(connection.user, "me");
    EXPECT_EQ(connection.password, "secret");
    EXPECT_EQ(replicas, 3);
}

TEST(BusConfig, NamesEveryMistakeAtOnce) {
    ConnectionConfig connection;
    int replicas = 1;
    const Status read = ReadFrom(
        "bus:\n  url: http://x\n  credentials_file: /nowhere/nats.creds\n  replicas: 7\n",
        &connection,
        &replicas
    );
    EXPECT_THAT(read.message(), HasSubstr("test.yaml:2: bus.url: must be nats://host:port"));
    EXPECT_THAT(read.message(), HasSubstr("test.yaml:3: bus.credentials_file: cannot read"));
    EXPECT_THAT(read.message(), HasSubstr("test.yaml:4: bus.replicas: must lie between 1 and 5"));
}

TEST(BusConfig, TakesOnlyServersThatCanExist) {
    for (const char* good :
         {"nats://127.0.0.1:4222",
          "nats://localhost",
          "message-broker:4222",
          "tls://user:pa@ss@host:1",
          "nats://a:1, nats://b:2",
          "nats://[::1]:42",
          "nats://[::1]"}) {
        EXPECT_EQ(CheckUrl(good), std::nullopt) << good;
    }
    for (const char* bad :
         {"",
          ",",
          "foo",
          "http://x",
          "nats://",
          "nats://:4222",
          "http://host:4222",
          "host:port",
          "host:0",
          "host:99999",
          "nats://a b:1",
          "nats://a/b",
          "nats://[host]:1",
          "nats://a:1,nats://b:x"}) {
        EXPECT_NE(CheckUrl(bad), std::nullopt) << bad;
    }
}

}  // namespace
}  // namespace mp::bus
