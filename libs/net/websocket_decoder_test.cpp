#include "net/websocket_decoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <zlib.h>

namespace mp::net {
namespace {

using ::testing::ElementsAre;

// One frame as it lies on the wire, every bit chosen.
std::string Frame(uint8_t first, std::string_view payload) {
    std::string out;
    AppendFrame(Opcode::kText, payload, std::nullopt, out);
    out[0] = static_cast<char>(first);
    return out;
}

constexpr uint8_t kFin = 0x80;
constexpr uint8_t kRsv1 = 0x40;

std::string Deflate(z_stream& stream, std::string_view text) {
    if (text.empty()) return std::string(1, '\0');  // RFC 7692 section 7.2.3.6
    std::string out(deflateBound(&stream, text.size()) + 16, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_SYNC_FLUSH);
    out.resize(out.size() - stream.avail_out - 4);
    return out;
}

class DecoderTest : public ::testing::Test {
  protected:
    // Feeds `bytes` in pieces of `step`, as a socket would; returns copies of the messages.
    std::vector<std::string> Feed(std::string bytes, size_t step = 1u << 30) {
        std::vector<std::string> texts;
        std::string pending;
        for (size_t at = 0; at < bytes.size(); at += step) {
            pending += bytes.substr(at, step);
            decoder_.Clear();
            const size_t consumed = decoder_.Decode(pending);
            for (const auto& message : decoder_.messages()) texts.emplace_back(message.data);
            for (const auto& control : decoder_.controls()) controls_.push_back(control.payload);
            pending.erase(0, consumed);
        }
        return texts;
    }
    void Use(const WebSocketDecoderOptions& options) {
        std::destroy_at(&decoder_);
        std::construct_at(&decoder_, options);
    }
    uint16_t FailureOf(std::string bytes) {
        Feed(std::move(bytes));
        return decoder_.failure() ? decoder_.failure()->code : 0;
    }

    WebSocketDecoder decoder_{WebSocketDecoderOptions{}};
    std::vector<std::string> controls_;
};

TEST_F(DecoderTest, HandsOutEveryWholeMessageAtOnce) {
    const std::string bytes = Frame(kFin | 1, "one") + Frame(kFin | 2, "") + Frame(kFin | 1, "two");
    EXPECT_THAT(Feed(bytes), ElementsAre("one", "", "two"));
    EXPECT_TRUE(decoder_.messages()[1].binary);
}

TEST_F(DecoderTest, DoesNotDependOnHowTheBytesArrive) {
    const std::string bytes = Frame(kFin | 1, std::string(200, 'a')) + Frame(1, "par") +
                              Frame(kFin | 9, "ping") + Frame(0, "t") + Frame(kFin | 0, "s") +
                              Frame(kFin | 1, std::string(70000, 'b'));
    for (const size_t step : {1u, 2u, 3u, 7u, 1000u, 1u << 20}) {
        Use({});
        controls_.clear();
        EXPECT_THAT(
            Feed(bytes, step), ElementsAre(std::string(200, 'a'), "parts", std::string(70000, 'b'))
        );
        EXPECT_THAT(controls_, ElementsAre("ping"));
    }
}

TEST_F(DecoderTest, ViewsWholeMessagesWhereTheyLie) {
    std::string bytes = Frame(kFin | 1, "here");
    decoder_.Decode(bytes);
    EXPECT_EQ(decoder_.messages()[0].data.data(), bytes.data() + 2);
}

TEST_F(DecoderTest, SaysHowMuchTheFrameAtTheFrontNeeds) {
    std::string bytes = Frame(kFin | 1, std::string(70000, 'a'));
    EXPECT_EQ(decoder_.Decode(std::span(bytes).first(5)), 0u);
    EXPECT_EQ(decoder_.wanted(), 0u);
    EXPECT_EQ(decoder_.Decode(std::span(bytes).first(500)), 0u);
    EXPECT_EQ(decoder_.wanted(), bytes.size());
}

TEST_F(DecoderTest, UnmasksWhatClientsSend) {
    Use({.expect_masked = true});
    std::string bytes;
    AppendFrame(Opcode::kText, "a message of some length", MaskKey{0x12345678}, bytes);
    AppendFrame(Opcode::kPing, "p", MaskKey{0xdeadbeef}, bytes);
    EXPECT_THAT(Feed(bytes), ElementsAre("a message of some length"));
    EXPECT_THAT(controls_, ElementsAre("p"));
    EXPECT_EQ(FailureOf(Frame(kFin | 1, "x")), kCloseProtocolError);
}

TEST_F(DecoderTest, RefusesBreachesOfTheProtocol) {
    std::string masked;
    AppendFrame(Opcode::kText, "x", MaskKey{1}, masked);
    std::string long_form = Frame(kFin | 1, "x");
    long_form = std::string("\x81\x7e\x00\x01x", 5);
    const std::string huge("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10);
    for (const std::string& bytes :
         {masked,
          long_form,
          huge,
          Frame(kFin | 3, "x"),
          Frame(kFin | 11, "x"),
          Frame(9, "x"),
          Frame(kFin | 9, std::string(126, 'x')),
          Frame(kFin | 0, "x"),
          Frame(1, "x") + Frame(1, "x"),
          Frame(kFin | kRsv1 | 1, "x"),
          Frame(kFin | 0x20 | 1, "x"),
          Frame(kFin | 8, "x"),
          Frame(kFin | 8, "\x03\xed"),
          Frame(kFin | 8, std::string("\x00\x00", 2))}) {
        Use({});
        EXPECT_EQ(FailureOf(bytes), kCloseProtocolError);
    }
}

TEST_F(DecoderTest, DeliversWhatCameBeforeAFailure) {
    EXPECT_THAT(Feed(Frame(kFin | 1, "good") + Frame(kFin | 3, "bad")), ElementsAre("good"));
    EXPECT_TRUE(decoder_.failure());
    EXPECT_EQ(decoder_.Decode(std::span<char>()), 0u);
}

TEST_F(DecoderTest, StopsBehindACloseFrame) {
    const std::string payload = ClosePayload(1001, "bye");
    Feed(Frame(kFin | 8, payload) + Frame(kFin | 1, "late"));
    EXPECT_TRUE(decoder_.closed());
    EXPECT_TRUE(decoder_.messages().empty());
    EXPECT_THAT(controls_, ElementsAre(payload));
}

TEST_F(DecoderTest, RefusesTextThatIsNotUtf8) {
    EXPECT_EQ(FailureOf(Frame(kFin | 1, "\xc3\x28")), 1007);
    Use({});
    EXPECT_EQ(FailureOf(Frame(1, "\xc3") + Frame(kFin | 0, "\x28")), 1007);
    Use({});
    EXPECT_THAT(Feed(Frame(1, "\xc3") + Frame(kFin | 0, "\xa4")), ElementsAre("\xc3\xa4"));
    EXPECT_THAT(Feed(Frame(kFin | 2, "\xff")), ElementsAre("\xff"));
    EXPECT_EQ(FailureOf(Frame(kFin | 8, ClosePayload(1000, "\xff"))), 1007);
}

TEST_F(DecoderTest, BoundsMessages) {
    const WebSocketDecoderOptions small{.max_message_bytes = 10};
    Use(small);
    EXPECT_THAT(Feed(Frame(kFin | 1, "0123456789")), ElementsAre("0123456789"));
    EXPECT_EQ(FailureOf(Frame(kFin | 1, "0123456789x").substr(0, 2)), kCloseTooBig);
    Use(small);
    EXPECT_EQ(FailureOf(Frame(1, "01234") + Frame(0, "56789") + Frame(0, "x")), kCloseTooBig);
}

TEST_F(DecoderTest, SurvivesGarbage) {
    std::mt19937 random(7);
    for (int round = 0; round < 20000; ++round) {
        Use({.deflate = round % 2 == 0, .max_message_bytes = 4096});
        std::string bytes = Frame(kFin | 1, "text") + Frame(1, "part") + Frame(kFin | kRsv1, "end");
        bytes += Frame(kFin | kRsv1 | 1, std::string(20, static_cast<char>(random())));
        for (int i = 0; i < 5; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
        Feed(bytes, 1 + random() % 40);
    }
}

class DeflateTest : public DecoderTest {
  protected:
    DeflateTest() { deflateInit2(&stream_, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY); }
    ~DeflateTest() override { deflateEnd(&stream_); }

    std::string Message(std::string_view text) {
        return Frame(kFin | kRsv1 | 1, Deflate(stream_, text));
    }

    z_stream stream_{};
};

TEST_F(DeflateTest, InflatesWithAContextThatSpansMessages) {
    Use({.deflate = true});
    const std::string text = R"({"e":"trade","s":"BTCUSDT","p":"65432.10"})";
    const std::string big(300000, 'z');
    std::string bytes = Message(text);  // each refers back to those before: in order
    bytes += Message(text);
    bytes += Frame(kFin | 1, "plain");
    bytes += Message(big);
    bytes += Message("");
    bytes += Message(text);
    EXPECT_THAT(Feed(bytes), ElementsAre(text, text, "plain", big, "", text));
    EXPECT_FALSE(decoder_.failure());
}

TEST_F(DeflateTest, InflatesFragmentsAndFreshContexts) {
    Use({.deflate = true, .deflate_keeps_context = false});
    for (int i = 0; i < 3; ++i) {
        deflateReset(&stream_);
        const std::string packed = Deflate(stream_, "some text, some text, some text");
        const std::string bytes = Frame(kRsv1 | 1, packed.substr(0, 5)) + Frame(kFin | 9, "p") +
                                  Frame(kFin | 0, packed.substr(5));
        EXPECT_THAT(Feed(bytes), ElementsAre("some text, some text, some text"));
    }
}

TEST_F(DeflateTest, BoundsTheInflatedSizeAndRefusesGarbage) {
    Use({.deflate = true, .max_message_bytes = 1000});
    EXPECT_EQ(FailureOf(Message(std::string(100000, 'a'))), kCloseTooBig);
    Use({.deflate = true});
    EXPECT_EQ(FailureOf(Frame(kFin | kRsv1 | 1, "\xff\xff\xff\xff")), 1007);
}

}  // namespace
}  // namespace mp::net
