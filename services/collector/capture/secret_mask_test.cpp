#include "collector/capture/secret_mask.hpp"

#include <gtest/gtest.h>

namespace mp::collector {
namespace {

SecretMask Deribit() {
    return {{"access_token", "refresh_token"}, {"s3cret", ""}};
}

TEST(SecretMask, HidesTokensAndNothingElse) {
    SecretMask mask = Deribit();
    EXPECT_EQ(
        mask.Of(
            R"({"id":0,"result":{"access_token":"1.2-ab","expires_in":900,"refresh_token" : "z","scope":"connection"}})"
        ),
        R"({"id":0,"result":{"access_token":"xxxxxx","expires_in":900,"refresh_token" : "x","scope":"connection"}})"
    );
    EXPECT_EQ(mask.Of(R"({"echo":"client s3cret"})"), R"({"echo":"client xxxxxx"})");
    EXPECT_EQ(mask.Of(R"({"access_token":"a\"b\\","c":1})"), R"({"access_token":"xxxxxx","c":1})");
    EXPECT_EQ(mask.Of(R"({"access_token":""})"), R"({"access_token":""})");
}

TEST(SecretMask, GivesBackTheMessageItselfWhereNothingIsSecret) {
    SecretMask mask = Deribit();
    for (const std::string_view message :
         {R"({"params":{"channel":"trades","data":[]}})",
          R"(["access_token","refresh_token"])",
          R"({"access_token":null})",
          ""}) {
        EXPECT_EQ(mask.Of(message).data(), message.data()) << message;
    }
    const std::string_view login = R"({"access_token":"y"})";
    EXPECT_EQ(SecretMask().Of(login).data(), login.data());
}

TEST(SecretMask, HidesInWhatIsCutOrWrong) {
    SecretMask mask = Deribit();
    const std::string whole = R"({"result":{"access_token":"1582628593469.1MbQ","x":1}})";
    const size_t token = whole.find("1582");
    for (size_t size = 0; size <= whole.size(); ++size) {
        const std::string cut = whole.substr(0, size);
        const std::string masked(mask.Of(cut));
        ASSERT_EQ(masked.size(), size);
        EXPECT_EQ(masked.substr(0, token), cut.substr(0, token));
        EXPECT_EQ(masked.find("1582"), std::string::npos) << masked;
    }
    EXPECT_EQ(mask.Of(R"({"access_token":12.5,"x":1})"), R"({"access_token":xxxx,"x":1})");
    EXPECT_EQ(mask.Of(R"({"access_token":"a\)"), R"({"access_token":"xx)");
    EXPECT_EQ(mask.Of(R"({"access_token":["a"],"x":1})"), R"({"access_token":xxxx],"x":1})");
}

}  // namespace
}  // namespace mp::collector
