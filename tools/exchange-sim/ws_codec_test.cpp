#include "exchange-sim/ws_codec.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

std::string Masked(int first_byte, std::string_view payload) {
    std::string frame;
    frame += static_cast<char>(first_byte);
    frame += static_cast<char>(0x80 | payload.size());
    const std::string mask = "\x01\x02\x03\x04";
    frame += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        frame += static_cast<char>(payload[i] ^ mask[i % 4]);
    }
    return frame;
}

TEST(WsCodec, DerivesTheAcceptKeyOfTheStandard) {
    EXPECT_EQ(WsAcceptKey("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WsCodec, ChoosesTheShortestLength) {
    std::string small;
    AppendWsFrame(small, WsOpcode::kText, "hi");
    EXPECT_EQ(small, std::string("\x81\x02hi"));
    std::string middle;
    AppendWsHeader(middle, WsOpcode::kText, 126);
    EXPECT_EQ(middle, std::string("\x81\x7e\x00\x7e", 4));
    std::string large;
    AppendWsHeader(large, WsOpcode::kText, 0x10000);
    EXPECT_EQ(large, std::string("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
}

TEST(WsCodec, DecodesByteByByte) {
    WsDecoder decoder;
    WsOpcode opcode{};
    std::string message;
    const std::string frame = Masked(0x81, "hello");
    for (const char byte : frame.substr(0, frame.size() - 1)) {
        decoder.Feed({&byte, 1});
        EXPECT_EQ(decoder.Next(opcode, message), WsDecoder::Result::kNeedMore);
    }
    decoder.Feed(frame.substr(frame.size() - 1));
    ASSERT_EQ(decoder.Next(opcode, message), WsDecoder::Result::kMessage);
    EXPECT_EQ(message, "hello");
}

TEST(WsCodec, JoinsFragmentsAroundAPing) {
    WsDecoder decoder;
    decoder.Feed(Masked(0x01, "he") + Masked(0x89, "p") + Masked(0x80, "llo"));
    WsOpcode opcode{};
    std::string message;
    ASSERT_EQ(decoder.Next(opcode, message), WsDecoder::Result::kMessage);
    EXPECT_EQ(opcode, WsOpcode::kPing);
    ASSERT_EQ(decoder.Next(opcode, message), WsDecoder::Result::kMessage);
    EXPECT_EQ(opcode, WsOpcode::kText);
    EXPECT_EQ(message, "hello");
}

TEST(WsCodec, RefusesUnmaskedAndOversizedFrames) {
    WsOpcode opcode{};
    std::string message;
    WsDecoder unmasked;
    unmasked.Feed("\x81\x02hi");
    EXPECT_EQ(unmasked.Next(opcode, message), WsDecoder::Result::kProtocolError);
    WsDecoder huge;
    huge.Feed(std::string("\x81\xff\x00\x00\x00\x01\x00\x00\x00\x00mask", 14));
    EXPECT_EQ(huge.Next(opcode, message), WsDecoder::Result::kTooBig);
}

}  // namespace
}  // namespace mp::sim
