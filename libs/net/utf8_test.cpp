#include "net/utf8.hpp"

#include <gtest/gtest.h>
#include <string>

namespace mp::net {
namespace {

TEST(Utf8, AcceptsWellFormedText) {
    for (const std::string text :
         {"",
          "plain ascii that is longer than one word",
          "\xc3\xa4",
          "\xe2\x82\xac",
          "\xf0\x9f\x98\x80",
          ("1234567\xc3\xa4"
           "89012345\xe5\xb8\x81\xe5\xae\x89"),
          "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"}) {
        EXPECT_TRUE(IsValidUtf8(text)) << text;
    }
}

TEST(Utf8, RefusesMalformedText) {
    for (const std::string text :
         {"\x80",
          "abc\xff",
          "\xc0\xaf",
          "\xc1\x81",
          "\xc3",
          "\xe2\x82",
          "\xe0\x9f\xbf",
          "\xed\xa0\x80",
          "\xf0\x8f\xbf\xbf",
          "\xf4\x90\x80\x80",
          "\xf5\x80\x80\x80",
          "\xc3\x41",
          "12345678\xe2\x28\xa1",
          "\xf0\x9f\x98"}) {
        EXPECT_FALSE(IsValidUtf8(text)) << text;
    }
}

}  // namespace
}  // namespace mp::net
