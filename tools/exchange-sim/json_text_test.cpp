#include "exchange-sim/json_text.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace mp::sim {
namespace {

TEST(JsonText, FindsTopLevelMembersOnly) {
    const std::string_view object = R"( { "a" : {"b":1,"x":"}"} , "b":"te\"xt", "c":[1,[2]] } )";
    EXPECT_EQ(FindValue(object, "a"), R"({"b":1,"x":"}"})");
    EXPECT_EQ(FindString(object, "b"), R"(te\"xt)");
    EXPECT_EQ(FindValue(object, "c"), "[1,[2]]");
    EXPECT_EQ(FindValue(object, "x"), "");
}

TEST(JsonText, TreatsMalformedTextAsAbsent) {
    EXPECT_EQ(FindValue(R"({"a":{"b":1)", "a"), "");
    EXPECT_EQ(FindValue(R"({"a")", "a"), "");
    EXPECT_EQ(FindValue("[1]", "a"), "");
    EXPECT_EQ(FindValue("", "a"), "");
}

TEST(JsonText, ReadsIntegersQuotedOrNot) {
    EXPECT_EQ(FindInteger(R"({"u":50093239202})", "u"), 50093239202);
    EXPECT_EQ(FindInteger(R"({"u":"12"})", "u"), 12);
    EXPECT_EQ(FindInteger(R"({"u":1.5})", "u"), std::nullopt);
    EXPECT_EQ(FindInteger(R"({"v":1})", "u"), std::nullopt);
}

TEST(JsonText, WalksArrays) {
    std::vector<std::string> seen;
    ForEachElement(R"([["1","2"], 3 ,"a,b"])", [&](std::string_view e) { seen.emplace_back(e); });
    EXPECT_EQ(seen, (std::vector<std::string>{R"(["1","2"])", "3", R"("a,b")"}));
    seen.clear();
    ForEachElement("[]", [&](std::string_view e) { seen.emplace_back(e); });
    EXPECT_TRUE(seen.empty());
}

TEST(JsonText, EscapesWhatJsonForbids) {
    std::string out;
    AppendEscaped(out, "a\"b\\c\n\x01");
    EXPECT_EQ(out, R"(a\"b\\c\n\u0001)");
}

}  // namespace
}  // namespace mp::sim
