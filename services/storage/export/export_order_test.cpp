#include "storage/export/export_order.hpp"

#include <gmock/gmock.h>

namespace mp::storage {
namespace {

using ::testing::HasSubstr;

constexpr Nanos kNow = 2'000'000'000'000'000'000;

std::string Payload(const std::string& more = "") {
    return R"({"series":[{"symbol":"BTC-USDT"}],"start":"2024-08-08T00:00:00Z","end":1723161255342)" +
           more + "}";
}

Result<ExportOrder> Read(const std::string& payload) {
    return ParseExportOrder(payload, kNow);
}

std::string Refused(const std::string& payload) {
    const auto order = Read(payload);
    EXPECT_EQ(order.status().code(), StatusCode::kInvalidArgument) << payload;
    return std::string(MessageOf(order.status()));
}

TEST(ExportOrder, HasWhatTheTaskSaysAndReasonableRest) {
    const auto order = Read(Payload());
    ASSERT_TRUE(order.ok()) << order.status();
    EXPECT_EQ(order->time.from, 1723075200000000000);
    EXPECT_EQ(order->time.to, 1723161255342000000);
    EXPECT_EQ(order->format, ExportFormat::kCsv);
    EXPECT_EQ(order->compression, Compression::kNone);
    EXPECT_EQ(order->rows_per_part, 1'000'000u);
    EXPECT_EQ(order->Extension(), ".csv");
    EXPECT_THAT(order->folder, ::testing::MatchesRegex("export-[0-9a-f]{16}"));
    const auto other =
        Read(Payload(R"(,"format":"ndjson","compression":"gz","rows_per_part":7,"to":"mine")"));
    ASSERT_TRUE(other.ok()) << other.status();
    EXPECT_EQ(other->Extension(), ".ndjson.gz");
    EXPECT_EQ(other->rows_per_part, 7u);
    EXPECT_EQ(other->folder, "mine");
    EXPECT_EQ(Read(Payload(R"(,"compression":"zst")"))->Extension(), ".csv.zst");
}

TEST(ExportOrder, TheSameRequestHasTheSameTextHoweverItIsSpelt) {
    const auto one = Read(Payload(R"(,"format":"csv","rows_per_part":1000000)"));
    const auto two =
        Read(R"({"end":1723161255342000000,"start":1723075200000,"series":[{"symbol":"BTC-USDT"}]})"
        );
    ASSERT_TRUE(one.ok() && two.ok()) << two.status();
    EXPECT_EQ(one->request, two->request);
    EXPECT_EQ(one->folder, two->folder);
    EXPECT_EQ(Read(Payload(R"(,"to":"x")"))->request, one->request) << "wherever it is put";
    EXPECT_NE(Read(Payload(R"(,"rows_per_part":5)"))->request, one->request);
}

TEST(ExportOrder, AWishMatchesWhatHasAllThatItNames) {
    const model::Series trades{
        {"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"}, model::DataType::kTrade};
    model::Series coverage = trades;
    coverage.data_type = model::DataType::kCoverage;
    const auto matches = [](const char* wish, const model::Series& series) {
        const auto order = Read(R"({"start":0,"end":1,"series":[)" + std::string(wish) + "]}");
        return order.ok() && order->series[0].Matches(series);
    };
    EXPECT_TRUE(matches("{}", trades));
    EXPECT_TRUE(matches(R"({"symbol":"BTC-USDT"})", trades));
    EXPECT_TRUE(matches(R"({"symbol":"BTCUSDT","exchange":"binance"})", trades));
    EXPECT_TRUE(matches(R"({"market":"spot","data_type":"trade"})", trades));
    EXPECT_FALSE(matches(R"({"symbol":"BTC"})", trades));
    EXPECT_FALSE(matches(R"({"exchange":"okx"})", trades));
    EXPECT_FALSE(matches(R"({"market":"linear"})", trades));
    EXPECT_FALSE(matches(R"({"data_type":"bbo"})", trades));
    EXPECT_FALSE(matches("{}", coverage));
    EXPECT_TRUE(matches(R"({"data_type":"coverage"})", coverage));
}

TEST(ExportOrder, NamesWhatIsWrong) {
    EXPECT_THAT(Refused("{}"), HasSubstr("series"));
    EXPECT_THAT(Refused(R"({"series":[{}],"end":1})"), HasSubstr("start"));
    EXPECT_THAT(Refused(R"({"series":[{}],"start":1})"), HasSubstr("end"));
    EXPECT_THAT(Refused(R"({"series":[{}],"start":"noon","end":1})"), HasSubstr("start"));
    EXPECT_THAT(Refused(R"({"series":[{}],"start":1.5,"end":2})"), HasSubstr("start"));
    EXPECT_THAT(Refused(R"({"series":[{}],"start":5,"end":5})"), HasSubstr("end"));
    EXPECT_THAT(
        Refused(R"({"series":[{}],"start":5,"end":"2100-01-01T00:00:00Z"})"),
        HasSubstr("end: has not come yet")
    );
    EXPECT_THAT(Refused(R"({"series":[],"start":0,"end":1})"), HasSubstr("series"));
    EXPECT_THAT(Refused(R"({"series":[3],"start":0,"end":1})"), HasSubstr("series[0]"));
    EXPECT_THAT(
        Refused(R"({"series":[{},{"market":"moon"}],"start":0,"end":1})"),
        HasSubstr("series[1].market")
    );
    EXPECT_THAT(
        Refused(R"({"series":[{"symbols":"x"}],"start":0,"end":1})"),
        HasSubstr("series[0].symbols: is not known here")
    );
    EXPECT_THAT(Refused(Payload(R"(,"format":"xml")")), HasSubstr("format"));
    EXPECT_THAT(
        Refused(Payload(R"(,"format":"parquet","compression":"gz")")),
        HasSubstr("compression: must be none for parquet")
    );
    EXPECT_THAT(Refused(Payload(R"(,"compression":"rar")")), HasSubstr("compression"));
    EXPECT_THAT(Refused(Payload(R"(,"rows_per_part":0)")), HasSubstr("rows_per_part"));
    EXPECT_THAT(Refused(Payload(R"(,"rows_per_part":2000000)")), HasSubstr("rows_per_part"));
    EXPECT_THAT(Refused(Payload(R"(,"color":"red")")), HasSubstr("color"));
}

TEST(ExportOrder, NoNameLeadsOutOfTheFolder) {
    for (const char* name :
         {"..", ".", "../x", "a/b", "/etc", "a\\\\b", ".hidden", "a b", "x\\u0000", "\xC3\xA4"}) {
        EXPECT_THAT(
            Refused(Payload(R"(,"to":")" + std::string(name) + "\"")), HasSubstr("to: must be one")
        );
    }
    EXPECT_THAT(Refused(Payload(R"(,"to":")" + std::string(101, 'a') + "\"")), HasSubstr("to"));
    EXPECT_TRUE(Read(Payload(R"(,"to":"BTC-2024_08.v1")")).ok());
}

}  // namespace
}  // namespace mp::storage
