#include "collector/venues/json/scalar.hpp"

#include <gtest/gtest.h>
#include <random>
#include <string>

#include "collector/venues/json/levels.hpp"
#include "collector/venues/json/token_reader.hpp"

namespace mp::collector::json {
namespace {

// Tokens lie inside a message: something readable stands behind them.
struct Padded {
    explicit Padded(std::string_view text)
        : bytes(std::string(text) + std::string(64, '9')), size(text.size()) {}
    std::string_view view() const { return std::string_view(bytes).substr(0, size); }
    std::string bytes;
    size_t size;
};

ParseError Read(std::string_view token, Decimal& out) {
    return ReadDecimal(Padded(token).view(), out);
}

std::string Text(std::string_view token) {
    Decimal value;
    const ParseError error = Read(token, value);
    return error == ParseError::kNone ? value.ToString() : std::string(ToString(error));
}

TEST(JsonDecimal, ReadsWhatVenuesSend) {
    EXPECT_EQ(Text(R"("61837.63000000")"), "61837.63");
    EXPECT_EQ(Text(R"("0.00000000")"), "0");
    EXPECT_EQ(Text(R"("0.00000001")"), "0.00000001");
    EXPECT_EQ(Text(R"("9999999999.99999999")"), "9999999999.99999999");
    EXPECT_EQ(Text(R"("-13.50000000")"), "-13.5");
    EXPECT_EQ(Text(R"("-0.00000000")"), "0");
    EXPECT_EQ(Text(R"("100")"), "100");
    EXPECT_EQ(Text(R"("2.081e-05")"), "0.00002081");
    EXPECT_EQ(Text(R"("92233720368.54775807")"), "92233720368.54775807");
    EXPECT_EQ(Text(R"("12345678.123456789")"), "12345678.123456789");
}

TEST(JsonDecimal, AgreesWithDecimalOnAllThatIsANumber) {
    std::mt19937_64 random(5);
    for (int i = 0; i < 200'000; ++i) {
        std::string number = random() % 4 == 0 ? "-" : "";
        for (size_t n = 1 + random() % 12; n > 0; --n) number += "0123456789"[random() % 10];
        if (random() % 4 != 0) number += ".";
        const bool round = random() % 2 == 0;
        for (size_t n = random() % 10; n > 0; --n) {
            number += round ? '0' : "0123456789"[random() % 10];
        }
        if (random() % 5 == 0) number += "e-" + std::to_string(random() % 22);
        Decimal expected;
        const DecimalError error = Decimal::Parse(number, expected);
        Decimal value;
        const ParseError read = Read("\"" + number + "\"", value);
        ASSERT_EQ(read == ParseError::kNone, error == DecimalError::kOk) << number;
        const Padded plain(number);
        Decimal unquoted;
        ASSERT_EQ(ReadAnyDecimal(plain.view(), unquoted), read) << number;
        if (error != DecimalError::kOk) continue;
        ASSERT_EQ(value, expected) << number;
        ASSERT_EQ(unquoted, expected) << number;
    }
}

TEST(JsonDecimal, RefusesWhatIsNone) {
    for (const char* token :
         {R"("")",
          R"("abc")",
          R"("1.2.3")",
          R"(".50000000")",
          R"("1.0000000x")",
          R"("--1")",
          R"("1,5")",
          R"("1.50000000 ")",
          "1.5",
          "null",
          "true",
          "",
          R"(")",
          R"("1.00000000"x)"}) {
        EXPECT_EQ(Text(token), "wrong_type") << token;
    }
    EXPECT_EQ(Text(R"("1.50000000)"), "syntax");
    EXPECT_EQ(Text(R"("92233720368547758080")"), "overflow");
    EXPECT_EQ(Text(R"("99999999999.99999999")"), "overflow");
    EXPECT_EQ(Text(R"("0.1234567890123456789")"), "overflow");
}

TEST(JsonDecimal, AgreesWithTheGeneralReader) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 200'000; ++i) {
        std::string text;
        if (random() % 8 == 0) text += '-';
        for (uint64_t n = random() % 11 + 1; n > 0; --n) {
            text += static_cast<char>('0' + (random() % 3 == 0 ? 0 : random() % 10));
        }
        text += '.';
        for (uint64_t n = random() % 4 == 0 ? random() % 12 + 1 : 8; n > 0; --n) {
            text += static_cast<char>('0' + (random() % 2 == 0 ? 0 : random() % 10));
        }
        const auto expected = Decimal::Parse(text);
        Decimal got;
        const ParseError error = Read("\"" + text + "\"", got);
        ASSERT_EQ(error == ParseError::kNone, expected.has_value()) << text;
        if (expected.has_value()) {
            ASSERT_EQ(got, *expected) << text;
        }
    }
}

TEST(JsonUnsigned, ReadsOrRefuses) {
    uint64_t value = 0;
    const auto read = [&](std::string_view token) {
        return ReadUnsigned(Padded(token).view(), value);
    };
    for (std::string text = "9"; text.size() <= 19;
         text += static_cast<char>('0' + text.size() % 10)) {
        EXPECT_EQ(read(text), ParseError::kNone);
        EXPECT_EQ(value, std::stoull(text));
        for (size_t at = 0; at < text.size(); ++at) {
            for (const char wrong : {'/', ':', ' ', 'a', '-'}) {
                std::string bad = text;
                bad[at] = wrong;
                EXPECT_EQ(read(bad), ParseError::kType) << bad;
            }
        }
    }
    EXPECT_EQ(read("18446744073709551615"), ParseError::kNone);
    EXPECT_EQ(value, UINT64_MAX);
    EXPECT_EQ(read("18446744073709551616"), ParseError::kOverflow);
    EXPECT_EQ(read("99999999999999999999"), ParseError::kOverflow);
    for (const char* token : {"", "-1", "1.0", "1e3", "\"1\"", "null", "1 "}) {
        EXPECT_EQ(read(token), ParseError::kType) << token;
    }
}

TEST(JsonMilliseconds, RefusesTimesBeyondTheEpochsRange) {
    Nanos time = 0;
    EXPECT_EQ(ReadMilliseconds(Padded("1723161255343").view(), time), ParseError::kNone);
    EXPECT_EQ(time, 1723161255343000000);
    EXPECT_EQ(ReadMilliseconds(Padded("1723161255343000").view(), time), ParseError::kOverflow);
}

ParseError Levels(std::string_view text, std::vector<model::Level>& out) {
    return ReadLevels(Padded(text).view(), out);
}

TEST(JsonLevels, ReadsPairsAndPassesOverTheRest) {
    std::vector<model::Level> levels;
    ASSERT_EQ(Levels(R"([["1.5","2"],["1.4","0.00000000"]])", levels), ParseError::kNone);
    ASSERT_EQ(levels.size(), 2u);
    EXPECT_EQ(levels[0].price.ToString(), "1.5");
    EXPECT_EQ(levels[1].quantity.ToString(), "0");
    ASSERT_EQ(
        Levels("[ [ \"1\" , \"2\" , \"0\" , 3 ] ,\n[\"4\",\"5\",[]]]", levels), ParseError::kSyntax
    );
    ASSERT_EQ(
        Levels("[ [ \"1\" , \"2\" , \"0\" , 3 ] ,\n[\"4\",\"5\",[]]]", levels), ParseError::kSyntax
    );
    ASSERT_EQ(
        Levels("[ [ \"1\" , \"2\" , \"0\" , 3 ] ,\t[\"4\",\"5\"] ] \n", levels), ParseError::kNone
    );
    EXPECT_EQ(levels.size(), 2u);
    EXPECT_EQ(Levels("[]", levels), ParseError::kNone);
    EXPECT_TRUE(levels.empty());
}

TEST(JsonLevels, RefusesOtherShapes) {
    std::vector<model::Level> levels;
    for (const char* text :
         {"",
          "{}",
          "1",
          "[",
          "[[",
          "[[\"1\"",
          "[[\"1\",",
          "[[\"1\",\"2\"",
          "[[\"1\",\"2\"]",
          "[[\"1\",\"2\"],]",
          "[[\"1\"]]",
          "[[1,2]]",
          "[\"1\",\"2\"]",
          "[[\"1\",\"2\"]]x",
          "[[\"a\",\"2\"]]",
          "[null]",
          "[[\"1\",null]]",
          "[[]]",
          "[[\"1\" \"2\"]]"}) {
        EXPECT_NE(Levels(text, levels), ParseError::kNone) << text;
    }
}

}  // namespace
}  // namespace mp::collector::json
