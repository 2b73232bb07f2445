#include "gateway/rest/tabular.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "rows/event_columns.hpp"
#include "rows/event_json.hpp"
#include "testing/arbitrary_event.hpp"

namespace mp::gateway {
namespace {

using rows::EventColumns;
using rows::JsonWriter;
using rows::WriteEvent;

constexpr std::string_view kColumns[] = {"price", "side", "bids", "count"};

std::string Csv(std::string_view rows) {
    const auto answer =
        InFormat({.body = "{\"data\":" + std::string(rows) + "}"}, Format::kCsv, kColumns);
    return answer.ok() ? answer->body : answer.status().ToString();
}

TEST(Csv, HasAHeaderEvenWithoutRows) {
    EXPECT_EQ(Csv("[]"), "price,side,bids,count\r\n");
}

TEST(Csv, KeepsEveryDigitAndLeavesUnknownCellsEmpty) {
    EXPECT_EQ(
        Csv(R"([{"price":"61837.6300000000000001","count":18446744073709551615}])"),
        "price,side,bids,count\r\n61837.6300000000000001,,,18446744073709551615\r\n"
    );
}

TEST(Csv, QuotesWhatWouldEndACell) {
    EXPECT_EQ(
        Csv(R"([{"side":"a,b","price":"say \"x\"","count":null},{"side":"two\nlines"}])"),
        "price,side,bids,count\r\n\"say \"\"x\"\"\",\"a,b\",,\r\n,\"two\nlines\",,\r\n"
    );
}

TEST(Csv, HoldsABookSideAsJsonInOneCell) {
    EXPECT_EQ(
        Csv(R"([{"bids":[["2","0.5"],["1","3"]]}])"),
        "price,side,bids,count\r\n,,\"[[\"\"2\"\",\"\"0.5\"\"],[\"\"1\"\",\"\"3\"\"]]\",\r\n"
    );
}

TEST(Tabular, WritesChunkByChunkWhatItWritesAtOnce) {
    for (const Format format : {Format::kCsv, Format::kNdjson}) {
        const auto whole = InFormat(
            {.body = R"({"data":[{"price":"1"},{"side":"x,y"},{"count":3}]})"}, format, kColumns
        );
        std::string lines;
        AppendHead(format, kColumns, lines);
        ASSERT_TRUE(AppendLines(R"([{"price":"1"},{"side":"x,y"}])", format, kColumns, lines).ok());
        ASSERT_TRUE(AppendLines("[]", format, kColumns, lines).ok());
        ASSERT_TRUE(AppendLines(R"([{"count":3}])", format, kColumns, lines).ok());
        EXPECT_EQ(whole->body, lines);
    }
}

TEST(Tabular, KeepsWhatTheAnswerSaysBesideItsRows) {
    const auto answer = InFormat(
        {.body = R"({"data":[{"a":1},{"b":"x"}]})", .next_cursor = "c1", .complete = true},
        Format::kNdjson,
        {}
    );
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->body, "{\"a\":1}\n{\"b\":\"x\"}\n");
    EXPECT_EQ(answer->next_cursor, "c1");
    EXPECT_EQ(answer->complete, true);
}

TEST(Tabular, RefusesAnAnswerThatIsNoList) {
    EXPECT_FALSE(InFormat({.body = R"({"data":{}})"}, Format::kCsv, kColumns).ok());
    EXPECT_FALSE(InFormat({.body = "nonsense"}, Format::kNdjson, kColumns).ok());
}

// A field that JSON shows and CSV forgets would be lost without a word.
TEST(Csv, HasAColumnForEveryFieldOfEveryEvent) {
    const model::Instrument instrument{"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"};
    rc::check([&] {
        testing::ArbitraryEvents events;
        const model::Event event = events.Any();
        std::string text;
        JsonWriter json(text);
        WriteEvent(instrument, event, json);
        const auto columns = EventColumns(TypeOf(event));
        const auto row = nlohmann::json::parse(text);
        for (const auto& [name, value] : row.items()) {
            RC_ASSERT(std::find(columns.begin(), columns.end(), name) != columns.end());
        }
    });
}

}  // namespace
}  // namespace mp::gateway
