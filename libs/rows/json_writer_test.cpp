#include "rows/json_writer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

namespace mp::rows {
namespace {

TEST(JsonWriter, PlacesCommasAndNestsValues) {
    std::string out;
    JsonWriter json(out);
    json.BeginObject();
    json.Field("symbol", "BTC-USDT");
    json.Key("levels");
    json.BeginArray();
    for (const char* price : {"1.50", "2"}) {
        json.BeginArray();
        json.Decimal(*Decimal::Parse(price));
        json.Id(18446744073709551615ull);
        json.EndArray();
    }
    json.EndArray();
    json.Key("at");
    json.Time(1723161255208000000);
    json.Key("none");
    json.Null();
    json.Key("empty");
    json.BeginObject();
    json.EndObject();
    json.EndObject();
    EXPECT_EQ(
        out,
        R"({"symbol":"BTC-USDT","levels":[["1.5","18446744073709551615"],["2","18446744073709551615"]],)"
        R"("at":"2024-08-08T23:54:15.208000000Z","none":null,"empty":{}})"
    );
}

TEST(JsonWriter, EscapesWhatJsonDoesNotAllow) {
    std::string out;
    AppendEscaped("a\"b\\c\n\x01", out);
    EXPECT_EQ(out, "a\\\"b\\\\c\\n\\u0001");
}

TEST(JsonWriter, KeepsUtf8AndReplacesWhatIsNot) {
    std::string out;
    AppendEscaped("币安-\xF0\x9F\x9A\x80", out);
    EXPECT_EQ(out, "币安-\xF0\x9F\x9A\x80");
    out.clear();
    AppendEscaped("a\xFFz\xC0\xAF", out);
    EXPECT_EQ(out, "a\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD");
}

RC_GTEST_PROP(JsonWriter, WritesReadableJsonForAnyBytes, (const std::string& text)) {
    std::string out;
    JsonWriter json(out);
    json.String(text);
    const auto parsed = nlohmann::json::parse(out, nullptr, false);
    RC_ASSERT(!parsed.is_discarded());
    // Text that another reader takes for UTF-8 comes back unchanged.
    const auto direct = nlohmann::json::parse(
        nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore),
        nullptr,
        false
    );
    if (direct.get<std::string>() == text) RC_ASSERT(parsed.get<std::string>() == text);
}

}  // namespace
}  // namespace mp::rows
