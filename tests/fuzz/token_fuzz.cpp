// Texts that clients keep and hand back: resume tokens and page cursors. The first byte chooses.
#include "fuzz.hpp"
#include "gateway/live/position.hpp"
#include "storage/query/base64url.hpp"
#include "storage/query/page_token.hpp"

namespace mp::fuzz {
namespace {

const gateway::TokenSigner& Signer() {
    static const gateway::TokenSigner signer("secret");
    return signer;
}

const storage::Question& AnyQuestion() {
    static const storage::Question question{
        "events",
        {{"binance", model::Market::kSpot, "BTC-USDT", ""}, model::DataType::kTrade},
        5,
        std::nullopt,
        ""};
    return question;
}

}  // namespace

std::vector<std::string> Seeds() {
    gateway::Token token;
    token.incarnation = 1;
    token.positions = {{3, {4, 5}}, {6, {7, gateway::kWholeMessage}}};
    return {
        std::string("\0", 1) + Signer().Sign(token),
        "\1" + storage::MakePageToken(AnyQuestion(), "a place"),
        "\2" + storage::ToBase64Url("any bytes"),
    };
}

void Try(std::string_view bytes) {
    Input input(bytes);
    switch (input.Byte() % 3) {
        case 0:
            if (const auto token = Signer().Verify(input.rest()); token.ok()) {
                const auto again = Signer().Verify(Signer().Sign(*token));
                Require(again.ok() && *again == *token, "a token survives");
            }
            break;
        case 1:
            if (const auto place = storage::ReadPageToken(AnyQuestion(), input.rest());
                place.ok()) {
                const std::string text = storage::MakePageToken(AnyQuestion(), *place);
                Require(text == input.rest(), "a cursor has one text");
            }
            break;
        default:
            if (const auto decoded = storage::FromBase64Url(input.rest())) {
                Require(storage::ToBase64Url(*decoded) == input.rest(), "base64 has one text");
            }
    }
}

}  // namespace mp::fuzz
