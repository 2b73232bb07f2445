#include "mpctl/text/table.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>
#include <vector>

#include "mpctl/text/display_width.hpp"

namespace mp::mpctl {
namespace {

TEST(DisplayWidth, CountsColumnsNotBytes) {
    EXPECT_EQ(DisplayWidth("BTC-USDT"), 8u);
    EXPECT_EQ(DisplayWidth("\xE5\xB8\x81\xE5\xAE\x89"), 4u);  // two Chinese characters
    EXPECT_EQ(DisplayWidth("\xC3\xA9"), 1u);                  // e with acute, one character
    EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1u);                 // e and a combining acute
    EXPECT_EQ(DisplayWidth("\xF0\x9F\x9A\x80"), 2u);          // a rocket
    EXPECT_EQ(DisplayWidth("\xFF\xC3"), 2u);                  // no UTF-8: a column a byte
    EXPECT_EQ(DisplayWidth("\xED\xA0\x80"), 3u);              // a surrogate is none either
}

TEST(DisplayWidth, ShowsNothingThatSteersTheTerminal) {
    EXPECT_EQ(Printable("\x1b[31mred"), "\xEF\xBF\xBD[31mred");
    EXPECT_EQ(Printable("two\nlines"), "two\xEF\xBF\xBDlines");
    EXPECT_EQ(
        Printable("a\xE2\x80\xAE"
                  "b"),
        "a\xEF\xBF\xBD"
        "b"
    );  // right-to-left override
    EXPECT_EQ(Printable("\xFF"), "\xEF\xBF\xBD");
    EXPECT_EQ(Printable("\xE5\xB8\x81"), "\xE5\xB8\x81");
}

TEST(DisplayWidth, ClipsAtWholeCharacters) {
    EXPECT_EQ(Clip("abcdef", 6), "abcdef");
    EXPECT_EQ(Clip("abcdef", 5), "abcd\xE2\x80\xA6");
    EXPECT_EQ(Clip("\xE5\xB8\x81\xE5\xAE\x89x", 4), "\xE5\xB8\x81\xE2\x80\xA6");
    EXPECT_EQ(Clip("abc", 0), "");
}

RC_GTEST_PROP(DisplayWidth, ClipNeverExceedsItsWidth, (const std::string& text, uint8_t width)) {
    RC_ASSERT(DisplayWidth(Clip(text, width)) <= width);
    RC_ASSERT(DisplayWidth(Printable(text)) == DisplayWidth(Printable(Printable(text))));
}

TEST(Table, AlignsColumns) {
    Table table({{"NAME"}, {"COUNT", Align::kRight}, {"NOTE"}});
    table.Add({"a", "1", "first"});
    table.Add({"longer", "12345"});
    EXPECT_EQ(
        table.Render(),
        "NAME    COUNT  NOTE\n"
        "a           1  first\n"
        "longer  12345\n"
    );
}

TEST(Table, AlignsWideCharacters) {
    Table table({{"SYMBOL"}, {"PRICE", Align::kRight}});
    table.Add({"\xE5\xB8\x81\xE5\xAE\x89-USDT", "1.5"});
    table.Add({"BTC-USDT", "10.25"});
    EXPECT_EQ(
        table.Render(),
        "SYMBOL     PRICE\n"
        "\xE5\xB8\x81\xE5\xAE\x89-USDT    1.5\n"
        "BTC-USDT   10.25\n"
    );
}

TEST(Table, CutsLinesAtTheEdgeWhereAsked) {
    Table table({{"A"}, {"B"}});
    table.Add({"0123456789", "abcdef"});
    Style style;
    style.max_width = 14;
    EXPECT_EQ(table.Render(style), "A           B\n0123456789  a\xE2\x80\xA6\n");
}

TEST(Table, PaintsWithoutMovingColumns) {
    Table table({{"STATE"}, {"X"}});
    table.Add({Cell("ok", Tone::kGood), "1"});
    Style style;
    style.colours = true;
    EXPECT_EQ(
        table.Render(style), "\x1b[2mSTATE\x1b[0m  \x1b[2mX\x1b[0m\n\x1b[32mok\x1b[0m     1\n"
    );
}

}  // namespace
}  // namespace mp::mpctl
