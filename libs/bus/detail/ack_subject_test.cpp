#include "bus/detail/ack_subject.hpp"

#include <gtest/gtest.h>

namespace mp::bus::detail {
namespace {

TEST(BusAckSubject, ReadsTheNumbersOfADelivery) {
    StreamMessage message;
    ASSERT_TRUE(ParseAckSubject("$JS.ACK.S.c.2.30.4.1700000000000000005.6", message));
    EXPECT_EQ(message.deliveries, 2u);
    EXPECT_EQ(message.stream_sequence, 30u);
    EXPECT_EQ(message.consumer_sequence, 4u);
    EXPECT_EQ(message.stored, 1700000000000000005);
    EXPECT_EQ(message.pending, 6u);
}

TEST(BusAckSubject, ReadsTheLongForms) {
    StreamMessage message;
    ASSERT_TRUE(ParseAckSubject("$JS.ACK._.hash.S.c.1.3.4.5.6", message));
    EXPECT_EQ(message.stream_sequence, 3u);
    ASSERT_TRUE(ParseAckSubject("$JS.ACK._.hash.S.c.1.7.4.5.6.random", message));
    EXPECT_EQ(message.stream_sequence, 7u);
}

TEST(BusAckSubject, RefusesEverythingElse) {
    StreamMessage message;
    for (const char* subject :
         {"",
          "$JS.ACK.",
          "$JS.FC.S.c.x",
          "_INBOX.a.1",
          "$JS.ACK.S.c.2.30.4.5",
          "$JS.ACK.S.c.2.30.4.5.x",
          "$JS.ACK.S.c.2.30.4.5.6.7"}) {
        EXPECT_FALSE(ParseAckSubject(subject, message)) << subject;
    }
}

}  // namespace
}  // namespace mp::bus::detail
