#include "config/effective.hpp"

#include <gtest/gtest.h>

namespace mp::config {
namespace {

TEST(MaskPassword, HidesThePasswordAndShowsTheUser) {
    EXPECT_EQ(MaskPassword("redis://u:secret@host:6379/0"), "redis://u:******@host:6379/0");
    EXPECT_EQ(MaskPassword("redis://:secret@host"), "redis://:******@host");
}

TEST(MaskPassword, HidesATokenWithoutAColon) {
    EXPECT_EQ(MaskPassword("nats://t0k3n@broker:4222"), "nats://******@broker:4222");
}

TEST(MaskPassword, HidesThoseOfEveryUrl) {
    EXPECT_EQ(
        MaskPassword("[\"nats://one@a:4222\", \"nats://u:two@b\"],nats://three@c,nats://d"),
        "[\"nats://******@a:4222\", \"nats://u:******@b\"],nats://******@c,nats://d"
    );
}

TEST(MaskPassword, KnowsServersWithoutAScheme) {
    EXPECT_EQ(
        MaskPassword("nats://a@h1,b@h2:4222, u:c@h3:4222"),
        "nats://******@h1,******@h2:4222, u:******@h3:4222"
    );
}

TEST(MaskPassword, KnowsTokensOfServersWithoutAPortAmongUrls) {
    EXPECT_EQ(MaskPassword("nats://a@h1,b@h2"), "nats://******@h1,******@h2");
    EXPECT_EQ(MaskPassword("[b@h2, nats://h1]"), "[******@h2, nats://h1]");
}

TEST(MaskPassword, KnowsHostsInBrackets) {
    EXPECT_EQ(MaskPassword("u:c@[::1]:4222"), "u:******@[::1]:4222");
    EXPECT_EQ(
        MaskPassword("[\"nats://t0k3n@[::1]:4222\", u:c@[fe80::1]]"),
        "[\"nats://******@[::1]:4222\", u:******@[fe80::1]]"
    );
}

TEST(MaskPassword, HidesAPasswordWithBracketsWholly) {
    EXPECT_EQ(MaskPassword("redis://u:pa[ss@h"), "redis://u:******@h");
    EXPECT_EQ(MaskPassword("[u:pa]s[s@h:4222]"), "[u:******@h:4222]");
}

TEST(MaskPassword, LeavesOtherTextsAlone) {
    for (const char* text :
         {"nats://127.0.0.1:4222",
          "nats://[::1]:4222,[::2]:4222",
          "[a@b]",
          "http://host/a@b",
          "a@b",
          "btcusdt@trade",
          "://",
          "x,",
          ""}) {
        EXPECT_EQ(MaskPassword(text), text);
    }
}

}  // namespace
}  // namespace mp::config
