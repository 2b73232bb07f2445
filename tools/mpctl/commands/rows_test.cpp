#include "mpctl/commands/rows.hpp"

#include <gtest/gtest.h>
#include <string>

#include "mpctl/client/failure.hpp"
#include "mpctl/client/gateway.hpp"

namespace mp::mpctl {
namespace {

TEST(Rows, ShowEveryDigit) {
    const Json rows = Json::parse(R"([
        {"price":"0.000000010000000001","id":18446744073709551615,"closed":true,"none":null},
        {"price":"64000.1","id":7,"closed":false}])");
    EXPECT_EQ(
        RenderRows(
            rows,
            {{"PRICE", "price", Align::kRight},
             {"ID", "id", Align::kRight},
             {"CLOSED", "closed"},
             {"NONE", "none"}},
            {}
        ),
        "               PRICE                    ID  CLOSED  NONE\n"
        "0.000000010000000001  18446744073709551615  yes     -\n"
        "             64000.1                     7  no      -\n"
    );
}

TEST(Rows, FindTheirOwnColumns) {
    const Json rows =
        Json::parse(R"([{"id":"1","bids":[["1","2"]],"secret":1},{"update_id":"22"}])");
    const std::vector<Field> fields = FieldsOf(rows, {"secret"});
    ASSERT_EQ(fields.size(), 3u);
    EXPECT_EQ(fields[2].title, "UPDATE ID");
    EXPECT_EQ(fields[2].align, Align::kRight);
    EXPECT_NE(RenderRows(rows, fields, {}).find("[1]"), std::string::npos);
    EXPECT_EQ(RenderRows(Json::array(), fields, {}), "no rows\n");
}

TEST(Rows, SayHowCompleteTheyAre) {
    EXPECT_EQ(Footer(Json::parse(R"({"coverage":{"complete":true,"gaps":[]}})")), "complete\n");
    EXPECT_EQ(
        Footer(Json::parse(R"({"coverage":{"complete":false,"gaps":[{}]},"next_cursor":"abc"})")),
        "not complete: 1 gap, see `mpctl coverage`\nmore: --cursor abc\n"
    );
    EXPECT_EQ(Footer(Json::parse(R"({"next_cursor":null})")), "");
}

TEST(Failure, MapsToExitCodes) {
    EXPECT_EQ(ExitCodeOf(OkStatus()), 0);
    EXPECT_EQ(ExitCodeOf(absl::NotFoundError("x")), 1);
    EXPECT_EQ(ExitCodeOf(absl::UnavailableError("503")), 1);
    EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("x")), 2);
    EXPECT_EQ(ExitCodeOf(Unreachable("http://x", absl::UnavailableError("refused"))), 3);
}

TEST(Failure, SaysWhatToDo) {
    const std::string text = Explain(Unreachable("http://x:1", absl::UnavailableError("refused")));
    EXPECT_NE(text.find("http://x:1"), std::string::npos);
    EXPECT_NE(text.find("make run"), std::string::npos);
}

TEST(Failure, KeepsTheGatewaysWords) {
    Answer answer;
    answer.status = 400;
    answer.json =
        Json::parse(R"({"error":{"code":"INVALID_ARGUMENT","message":"limit: too large"}})");
    EXPECT_EQ(MessageOf(ErrorOf(answer)), "limit: too large (400)");
    answer.status = 502;
    answer.json = nullptr;
    EXPECT_EQ(MessageOf(ErrorOf(answer)), "the gateway answered 502 Bad Gateway");
}

}  // namespace
}  // namespace mp::mpctl
