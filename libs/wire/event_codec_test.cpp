#include "wire/event_codec.hpp"

#include <gtest/gtest.h>
#include <random>
#include <rapidcheck/gtest.h>
#include <string>

#include "testing/arbitrary_event.hpp"
#include "testing/generated_event.hpp"
#include "wire/varint.hpp"

namespace mp::wire {
namespace {

namespace pb = ::marketprism::v1;

std::string Encode(const model::Event& event) {
    std::string bytes;
    AppendEvent(event, bytes);
    return bytes;
}

RC_GTEST_PROP(EventCodec, WritesTheBytesOfTheGeneratedClasses, ()) {
    testing::ArbitraryEvents events;
    const model::Event event = events.Any();
    const std::string bytes = Encode(event);
    const pb::Event expected = testing::GeneratedEvent::Of(event);
    pb::Event parsed;
    RC_ASSERT(parsed.ParseFromString(bytes));
    RC_ASSERT(parsed.ShortDebugString() == expected.ShortDebugString());
    RC_ASSERT(bytes == expected.SerializeAsString());
    RC_ASSERT(bytes.size() + kWriteSlack <= MaxEventSize(event));
}

RC_GTEST_PROP(EventCodec, ReadsBackEveryField, ()) {
    testing::ArbitraryEvents events;
    EventDecoder decoder;
    model::Event decoded;
    for (int i = 0; i < 3; ++i) {
        const model::Event event = events.Any();
        const std::string bytes = testing::GeneratedEvent::Of(event).SerializeAsString();
        RC_ASSERT(decoder.Decode(bytes, decoded).ok());
        RC_ASSERT(decoded == event);
    }
}

TEST(EventCodec, CoversEveryType) {
    rc::check("every type", [] {
        testing::ArbitraryEvents events;
        EventDecoder decoder;
        for (int type = 1; type <= model::kDataTypes; ++type) {
            const model::Event event = events.Of(static_cast<model::DataType>(type));
            RC_ASSERT(TypeOf(event) == static_cast<model::DataType>(type));
            const std::string bytes = Encode(event);
            model::Event decoded;
            RC_ASSERT(decoder.Decode(bytes, decoded).ok());
            RC_ASSERT(decoded == event);
            RC_ASSERT(bytes == testing::GeneratedEvent::Of(event).SerializeAsString());
        }
    });
}

TEST(EventCodec, AppendsBehindWhatIsThere) {
    std::string out = "before";
    model::Event event;
    event.body = model::MarkPrice{};
    AppendEvent(event, out);
    EXPECT_EQ(out.substr(0, 6), "before");
    EXPECT_EQ(out.substr(6), Encode(event));
}

TEST(EventCodec, KeepsLevelsThatShareNoScale) {
    const std::vector<model::Level> levels{
        {{9223372036854775807, 0}, {1, 18}},
        {{1, 18}, {5, 1}},
    };
    model::Event event;
    event.body = model::BookDelta{levels, {}, 1, 2};
    const std::string bytes = Encode(event);
    pb::Event parsed;
    ASSERT_TRUE(parsed.ParseFromString(bytes));
    EXPECT_EQ(parsed.book_delta().bids().price_scales_size(), 2);
    EXPECT_EQ(parsed.book_delta().bids().price_scale(), 0u);
    EXPECT_EQ(parsed.book_delta().bids().quantity_scales_size(), 0);
    EXPECT_EQ(parsed.book_delta().bids().quantity_scale(), 18u);
    EventDecoder decoder;
    model::Event decoded;
    ASSERT_TRUE(decoder.Decode(bytes, decoded).ok());
    EXPECT_EQ(decoded, event);
}

TEST(EventCodec, SkipsUnknownFields) {
    model::Event event;
    event.body = model::Bbo{Decimal{1, 0}};
    std::string bytes = Encode(event);
    // Field 100 as varint, bytes, fixed64 and fixed32.
    bytes += std::string("\xa0\x06\x05\xa2\x06\x02hi\xa1\x06", 10) + std::string(8, 'x');
    bytes += std::string("\xa5\x06", 2) + std::string(4, 'x');
    EventDecoder decoder;
    model::Event decoded;
    ASSERT_TRUE(decoder.Decode(bytes, decoded).ok());
    EXPECT_EQ(decoded, event);
}

TEST(EventCodec, MakesDecimalsCanonical) {
    pb::Event event;
    event.mutable_mark_price()->mutable_mark_price()->set_mantissa(1500);
    event.mutable_mark_price()->mutable_mark_price()->set_scale(3);
    EventDecoder decoder;
    model::Event decoded;
    ASSERT_TRUE(decoder.Decode(event.SerializeAsString(), decoded).ok());
    EXPECT_EQ(std::get<model::MarkPrice>(decoded.body).mark_price, (Decimal{15, 1}));
}

TEST(EventCodec, ReadsColumnsThatAreNotPacked) {
    // bids { price: 5 price: 7 quantity: 1 quantity: 2 }, each element a field of its own.
    const std::string side("\x08\x0a\x08\x0e\x10\x02\x10\x04", 8);
    std::string bytes("\x2a\x0a\x0a\x08", 4);
    bytes += side;
    EventDecoder decoder;
    model::Event decoded;
    ASSERT_TRUE(decoder.Decode(bytes, decoded).ok());
    const auto& delta = std::get<model::BookDelta>(decoded.body);
    ASSERT_EQ(delta.bids.size(), 2u);
    EXPECT_EQ(delta.bids[1], (model::Level{{7, 0}, {2, 0}}));
}

Status Decoded(const pb::Event& event) {
    EventDecoder decoder;
    model::Event decoded;
    return decoder.Decode(event.SerializeAsString(), decoded);
}

TEST(EventCodec, RefusesWhatIsNoEvent) {
    pb::Event event;
    EXPECT_EQ(Decoded(event).message(), "the event has no body");
    event.mutable_trade()->mutable_price();
    EXPECT_EQ(Decoded(event).message(), "the trade has no quantity");
    event.mutable_trade()->mutable_quantity();
    EXPECT_TRUE(Decoded(event).ok());
    event.mutable_trade()->set_side(static_cast<pb::Side>(7));
    EXPECT_EQ(Decoded(event).message(), "an enum has an unknown value");
    event.mutable_trade()->set_side(pb::SIDE_BUY);
    event.mutable_trade()->mutable_price()->set_scale(19);
    EXPECT_EQ(Decoded(event).message(), "a decimal is out of range");
    event.mutable_book_delta()->mutable_bids()->add_price(1);
    EXPECT_EQ(Decoded(event).message(), "columns of a book side differ in length");
    event.mutable_book_delta()->mutable_bids()->add_quantity(1);
    EXPECT_TRUE(Decoded(event).ok());
    EXPECT_EQ(Decoded(event).code(), StatusCode::kOk);
}

TEST(EventCodec, RefusesTextThatIsNotUtf8) {
    const auto decode = [](std::string_view id) {
        model::Event event;
        model::Trade trade;
        trade.trade_id.text = id;
        event.body = trade;
        const std::string bytes = Encode(event);
        model::Event decoded;
        return EventDecoder{}.Decode(bytes, decoded).ok();
    };
    for (const char* good :
         {"plain", "\xc3\xa9", "\xe6\xaf\x94", "\xf0\x9f\x98\x80", "\xed\x9f\xbf"}) {
        EXPECT_TRUE(decode(good)) << good;
    }
    for (const char* bad :
         {"\x80",
          "\xc0\x80",
          "\xc3",
          "\xe0\x9f\xbf",
          "\xed\xa0\x80",
          "\xf4\x90\x80\x80",
          "\xff",
          "a\xe6\xaf"}) {
        EXPECT_FALSE(decode(bad)) << bad;
    }
}

std::string Mutate(std::string bytes, std::mt19937_64& random) {
    const auto pick = [&random](size_t n) { return static_cast<size_t>(random() % n); };
    if (bytes.empty()) return bytes;
    switch (pick(4)) {
        case 0:
            bytes.resize(pick(bytes.size()));
            break;
        case 1:
            bytes[pick(bytes.size())] = static_cast<char>(random());
            break;
        case 2:
            bytes[pick(bytes.size())] ^= static_cast<char>(1 << pick(8));
            break;
        default:
            bytes.insert(pick(bytes.size()), 1, static_cast<char>(random()));
            break;
    }
    return bytes;
}

// Whatever the bytes are: either refused, or an event that encodes to bytes that mean the same.
void ExpectHarmless(const std::string& bytes, EventDecoder& decoder) {
    // Exactly as large as the bytes, so that a sanitizer sees a read beyond them.
    const std::vector<char> exact(bytes.begin(), bytes.end());
    model::Event decoded;
    if (!decoder.Decode({exact.data(), exact.size()}, decoded).ok()) return;
    const std::string again = Encode(decoded);
    EventDecoder other;
    model::Event second;
    ASSERT_TRUE(other.Decode(again, second).ok());
    ASSERT_EQ(second, decoded);
    pb::Event generated;
    ASSERT_TRUE(generated.ParseFromString(bytes)) << "more lenient than the generated classes";
}

TEST(EventCodec, SurvivesMutatedEvents) {
    std::mt19937_64 random(7);
    EventDecoder decoder;
    rc::check("mutations", [&] {
        testing::ArbitraryEvents events;
        const std::string bytes = Encode(events.Any());
        for (int i = 0; i < 100; ++i) {
            std::string mutant = Mutate(bytes, random);
            for (auto n = random() % 3; n > 0; --n) mutant = Mutate(mutant, random);
            ExpectHarmless(mutant, decoder);
        }
        for (size_t size = 0; size < bytes.size(); ++size)
            ExpectHarmless(bytes.substr(0, size), decoder);
    });
}

TEST(EventCodec, SurvivesNoise) {
    std::mt19937_64 random(11);
    EventDecoder decoder;
    for (int i = 0; i < 20'000; ++i) {
        std::string noise(random() % 64, '\0');
        for (char& c : noise) c = static_cast<char>(random());
        ExpectHarmless(noise, decoder);
    }
}

TEST(EventCodec, DecodesAndEncodesWithoutGrowingOnceWarm) {
    const std::vector<model::Level> levels(20, model::Level{{6183763, 2}, {15, 4}});
    model::Event event;
    event.body = model::BookDelta{levels, levels, 1, 2};
    std::string bytes;
    bytes.reserve(MaxEventSize(event));
    const char* const place = bytes.data();
    for (int i = 0; i < 3; ++i) {
        bytes.clear();
        AppendEvent(event, bytes);
        EXPECT_EQ(bytes.data(), place);
    }
}

RC_GTEST_PROP(Varint, ReadsWhatItWrote, (uint64_t raw)) {
    const uint64_t value = raw * 0x9e3779b97f4a7c15ull >> *rc::gen::inRange(0, 64);
    char buffer[kWriteSlack + kMaxVarint] = {};
    const char* const end = WriteVarint(buffer, value);
    RC_ASSERT(static_cast<size_t>(end - buffer) == VarintSize(value));
    uint64_t back = 0;
    // With and without room for a whole word behind it.
    RC_ASSERT(ReadVarint(buffer, buffer + sizeof(buffer), back) == end && back == value);
    RC_ASSERT(ReadVarint(buffer, end, back) == end && back == value);
    RC_ASSERT(ReadVarint(buffer, end - 1, back) == nullptr);
    RC_ASSERT(UnZigZag(ZigZag(static_cast<int64_t>(value))) == static_cast<int64_t>(value));
}

}  // namespace
}  // namespace mp::wire
