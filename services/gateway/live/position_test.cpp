#include "gateway/live/position.hpp"

#include <gtest/gtest.h>

namespace mp::gateway {
namespace {

TEST(TokenSigner, GivesBackWhatItSigned) {
    const TokenSigner signer("secret");
    Token token{.incarnation = 1700000000000000001, .since = 42, .in_history = true};
    token.positions[SubjectKey("md.binance.spot.trade.3")] = {123456789012, 7};
    token.positions[SubjectKey("md.binance.spot.bbo.0")] = {5, kWholeMessage};
    wire::EventKey key;
    key.order_ts = 77;
    token.marks[SeriesKey({{"binance", model::Market::kSpot, "BTC-USDT", ""}, {}})].Give(key, "x");
    token.marks[SeriesKey({{"binance", model::Market::kSpot, "ETH-USDT", ""}, {}})].Give(key, "y");
    ASSERT_EQ(token.marks.size(), 2u);
    const auto back = signer.Verify(signer.Sign(token));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, token);
}

TEST(TokenSigner, RefusesEveryChangedCharacter) {
    const TokenSigner signer("secret");
    Token token{.incarnation = 1};
    token.positions[1] = {2, 3};
    const std::string text = signer.Sign(token);
    for (size_t i = 0; i + 1 < text.size(); ++i) {
        std::string changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(signer.Verify(changed).ok()) << i;
        EXPECT_FALSE(signer.Verify(text.substr(0, i)).ok()) << i;
    }
    EXPECT_FALSE(TokenSigner("other").Verify(text).ok());
    EXPECT_FALSE(signer.Verify("").ok());
    EXPECT_FALSE(signer.Verify("no base64 !").ok());
}

TEST(Position, HasAPlaceRightBeforeIt) {
    EXPECT_EQ(Before({5, 2}), (Position{5, 1}));
    EXPECT_EQ(Before({5, 0}), (Position{4, kWholeMessage}));
    EXPECT_LT(Before({5, 0}), (Position{5, 0}));
}

}  // namespace
}  // namespace mp::gateway
