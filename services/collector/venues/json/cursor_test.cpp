#include "collector/venues/json/cursor.hpp"

#include <gtest/gtest.h>
#include <string>

#include "collector/venues/json/token_reader.hpp"

namespace mp::collector::json {
namespace {

// A text with room behind it, as parsers have it.
class Text {
  public:
    explicit Text(std::string_view text) : size_(text.size()), padded_(text) {
        padded_.append(64, '\0');
    }
    std::string_view view() const { return {padded_.data(), size_}; }

  private:
    size_t size_;
    std::string padded_;
};

constexpr json::Names kNames = {"a", "b", "c"};

ParseError Read(std::string_view text, Tokens<3>& tokens) {
    const Text padded(text);
    Cursor cursor(padded.view());
    ParseError error = ReadMembers(cursor, kNames, tokens);
    if (error == ParseError::kNone && !cursor.AtEnd()) error = ParseError::kSyntax;
    static std::array<std::string, 3> kept;
    for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = kept[i] = tokens[i];
    return error;
}

TEST(JsonCursor, FindsMembersInAnyOrderAmongOthers) {
    for (const char* text :
         {R"({"a":"1","b":[1,{"x":"]"}],"c":-2.5e3})",
          R"({"c":-2.5e3,"z":{"a":7},"b":[1,{"x":"]"}],"a":"1"})",
          R"( { "c" : -2.5e3 , "b" : [1,{"x":"]"}] , "a" : "1" } )"}) {
        Tokens<3> tokens;
        ASSERT_EQ(Read(text, tokens), ParseError::kNone) << text;
        EXPECT_EQ(tokens[0], R"("1")");
        EXPECT_EQ(tokens[1], R"([1,{"x":"]"}])");
        EXPECT_EQ(tokens[2], "-2.5e3");
    }
}

TEST(JsonNames, TellNamesFromTheirBeginnings) {
    constexpr json::Names kLong = {
        "volume", "volume_usd", "volume_notional", "estimated_delivery_price", "u"};
    const auto find = [&](std::string_view key) {
        const Text padded(key);
        return kLong.Find(padded.view(), 3);
    };
    EXPECT_EQ(find("volume"), 0u);
    EXPECT_EQ(find("volume_usd"), 1u);
    EXPECT_EQ(find("volume_notional"), 2u);
    EXPECT_EQ(find("estimated_delivery_price"), 3u);
    EXPECT_EQ(find("u"), 4u);
    for (const char* other :
         {"",
          "v",
          "volum",
          "volume_",
          "volume_use",
          "volume_optional",
          "volumes_notional",
          "x",
          "estimated_delivery_prize",
          "estimated-delivery_price",
          "U"}) {
        EXPECT_EQ(find(other), kLong.kNone) << other;
    }
}

TEST(JsonCursor, ANameThatOnlyBeginsAsExpectedIsAnother) {
    for (const char* text :
         {R"({"ab":"x","a":"1","b":"2","c":"3"})",
          R"({"a":"1","bb":{"c":7},"b":"2","c":"3","cc":""})",
          R"({"a" :"1","b"	: "2","c":"3"})"}) {
        Tokens<3> tokens;
        ASSERT_EQ(Read(text, tokens), ParseError::kNone) << text;
        EXPECT_EQ(tokens[0], R"("1")") << text;
        EXPECT_EQ(tokens[1], R"("2")") << text;
        EXPECT_EQ(tokens[2], R"("3")") << text;
    }
}

TEST(JsonCursor, WhatIsNotThereIsEmpty) {
    Tokens<3> tokens;
    ASSERT_EQ(Read(R"({"b":null})", tokens), ParseError::kNone);
    EXPECT_EQ(tokens[0], "");
    EXPECT_EQ(tokens[1], "null");
    ASSERT_EQ(Read("{}", tokens), ParseError::kNone);
}

TEST(JsonCursor, PassesOverEscapesAndOtherScripts) {
    Tokens<3> tokens;
    ASSERT_EQ(
        Read(R"({"x":"\"}\\","a":"1234567\"90","b":"中文字符串很长"})", tokens), ParseError::kNone
    );
    EXPECT_EQ(tokens[0], R"("1234567\"90")");
    EXPECT_EQ(tokens[1], R"("中文字符串很长")");
}

TEST(JsonCursor, RefusesWhatIsCutOrDoesNotMatch) {
    const std::string good = R"({"a":"1","b":[1,{"x":"]"}],"c":true})";
    Tokens<3> tokens;
    for (size_t size = 0; size < good.size(); ++size) {
        EXPECT_NE(Read(good.substr(0, size), tokens), ParseError::kNone) << good.substr(0, size);
    }
    for (const char* text :
         {"[]",
          R"({"a"1})",
          R"({"a":})",
          R"({"a":1,})",
          R"({"a":[1}})",
          R"({a:1})",
          R"({"a":1}x)",
          R"({"a":1 "b":2})",
          "{\"a\":\"\n\"}"}) {
        EXPECT_NE(Read(text, tokens), ParseError::kNone) << text;
    }
    EXPECT_NE(Read(R"({"a":)" + std::string(100, '['), tokens), ParseError::kNone);
}

TEST(TokenReader, ReadsNumbersQuotedOrNot) {
    const Text text(R"("12.50" -7 2.081e-05 "-1" 1646311839593 "1646311839593")");
    Cursor cursor(text.view());
    const auto next = [&] {
        std::string_view token;
        EXPECT_TRUE(cursor.TakeValue(token));
        return token;
    };
    Decimal a, b, c;
    int64_t d = 0;
    uint64_t e = 0;
    Nanos f = 0;
    TokenReader reader;
    reader.Decimal(next(), a).Decimal(next(), b).Decimal(next(), c);
    reader.Signed(next(), d).Unsigned(next(), e).Time(next(), f);
    EXPECT_EQ(reader.error(), ParseError::kNone);
    EXPECT_EQ(a.ToString(), "12.5");
    EXPECT_EQ(b.ToString(), "-7");
    EXPECT_EQ(c.ToString(), "0.00002081");
    EXPECT_EQ(d, -1);
    EXPECT_EQ(e, 1646311839593u);
    EXPECT_EQ(f, 1646311839593 * kMillisecond);
}

TEST(TokenReader, TellsAbsentFromWrong) {
    const Text text(R"("" null "x" "99999999999999999999")");
    Cursor cursor(text.view());
    for (const ParseError expected :
         {ParseError::kNone, ParseError::kNone, ParseError::kType, ParseError::kOverflow}) {
        std::string_view token;
        ASSERT_TRUE(cursor.TakeValue(token));
        std::optional<Decimal> value;
        TokenReader reader;
        reader.Decimal(token, value);
        EXPECT_EQ(reader.error(), expected) << token;
        EXPECT_EQ(value.has_value(), expected != ParseError::kNone) << token;
    }
    Decimal value;
    TokenReader reader;
    reader.Decimal({}, value).Decimal("\"x\"", value);
    EXPECT_EQ(reader.error(), ParseError::kMissing) << "the first thing that was wrong";
}

}  // namespace
}  // namespace mp::collector::json
