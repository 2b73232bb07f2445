#include "wire/key_peek.hpp"

#include <gtest/gtest.h>
#include <random>
#include <rapidcheck/gtest.h>

#include "model/identity.hpp"
#include "testing/arbitrary_event.hpp"
#include "wire/event_codec.hpp"

namespace mp::wire {
namespace {

std::string Encode(const model::Event& event) {
    std::string bytes;
    AppendEvent(event, bytes);
    return bytes;
}

RC_GTEST_PROP(KeyPeek, IsTheKeyOfTheDecodedEvent, ()) {
    testing::ArbitraryEvents events;
    const model::Event event = events.Any();
    const std::string bytes = Encode(event);
    EventKey key;
    std::string identity = "kept:";
    RC_ASSERT(PeekKey(bytes, TypeOf(event), key, identity).ok());
    RC_ASSERT(key.order_ts == event.order_ts);
    RC_ASSERT(key.received_ts == event.received_ts);
    RC_ASSERT(key.exchange_ts == event.exchange_ts);
    RC_ASSERT(key.found_by_identity == FoundByIdentity(event));
    std::string expected, peeked;
    model::AppendKey(event, expected);
    model::AppendKey(key.order_ts, key.sequence, std::string_view(identity).substr(5), peeked);
    RC_ASSERT(peeked == expected);
}

RC_GTEST_PROP(KeyPeek, BodiesAreEqualWhereContentsAre, ()) {
    testing::ArbitraryEvents events;
    const model::Event event = events.Any();
    model::Event later = event;
    later.received_ts ^= 1;
    later.exchange_ts.reset();
    RC_ASSERT(BodyOf(Encode(event)) == BodyOf(Encode(later)));
    const model::Event other = events.Of(TypeOf(event));
    RC_ASSERT((BodyOf(Encode(event)) == BodyOf(Encode(other))) == (event.body == other.body));
}

TEST(KeyPeek, RefusesAnotherType) {
    model::Event event;
    event.body = model::MarkPrice{};
    EventKey key;
    std::string identity;
    const Status status = PeekKey(Encode(event), model::DataType::kTrade, key, identity);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(), "the event is no trade");
    EXPECT_EQ(BodyOf("\x22\x7f"), "");
}

TEST(KeyPeek, KnowsTheTypeOfEveryEvent) {
    rc::check("types", [] {
        testing::ArbitraryEvents events;
        const model::Event event = events.Any();
        RC_ASSERT(PeekType(Encode(event)) == model::TypeOf(event));
    });
    EXPECT_EQ(PeekType(""), model::DataType::kUnspecified);
    EXPECT_EQ(PeekType("\x22\x7f"), model::DataType::kUnspecified);
}

TEST(KeyPeek, AgreesWithTheDecoderOnMutatedEvents) {
    std::mt19937_64 random(3);
    EventDecoder decoder;
    rc::check("mutations", [&] {
        testing::ArbitraryEvents events;
        const std::string bytes = Encode(events.Any());
        for (int i = 0; i < 100; ++i) {
            std::string mutant = bytes;
            mutant[random() % mutant.size()] = static_cast<char>(random());
            if (i % 3 == 0) mutant.resize(random() % mutant.size());
            const std::vector<char> exact(mutant.begin(), mutant.end());
            const std::string_view view(exact.data(), exact.size());
            EventKey key;
            std::string identity, expected;
            model::Event event;
            const bool decoded = decoder.Decode(view, event).ok();
            const bool peeked = PeekKey(view, TypeOf(event), key, identity).ok();
            if (!decoded) continue;
            RC_ASSERT(peeked);
            model::AppendIdentity(event, expected);
            RC_ASSERT(identity == expected);
        }
    });
}

}  // namespace
}  // namespace mp::wire
