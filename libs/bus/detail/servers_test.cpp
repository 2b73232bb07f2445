#include "bus/detail/servers.hpp"

#include <gtest/gtest.h>

namespace mp::bus::detail {
namespace {

TEST(BusServers, AreShownWithoutUsersAndPasswords) {
    EXPECT_EQ(ServersOf("nats://127.0.0.1:4222"), "nats://127.0.0.1:4222");
    EXPECT_EQ(ServersOf("tls://me:p@ss@a:1, b:2 ,u@c"), "tls://a:1, b:2 ,c");
    EXPECT_EQ(ServersOf("u:p@a:1,nats://t@[::1]:2"), "a:1,nats://[::1]:2");
    EXPECT_EQ(ServersOf(""), "");
}

}  // namespace
}  // namespace mp::bus::detail
