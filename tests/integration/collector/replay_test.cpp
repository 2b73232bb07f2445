// Recorded sessions through the real binaries: every message of the capture must be in the stream
// once, with the numbers that its text has, and all of it must be claimed complete.
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>

#include "accounting.hpp"
#include "raw_text.hpp"
#include "stand.hpp"
#include "testing/captures.hpp"
#include "testing/eventually.hpp"
#include "testing/temp_dir.hpp"

namespace mp::collector_test {
namespace {

using namespace std::chrono_literals;

// What the capture holds, by "symbol type", then identity.
struct Expected {
    std::map<std::string, RawEvent> events;
    bool consecutive = true;  // the numbers have no hole
    long long last_id = 0;
};

std::map<std::string, Expected> ReadCapture(const std::string& file) {
    std::map<std::string, Expected> expected;
    const auto records = testing::LoadCapture(file, [](const testing::CaptureRecord& record) {
        return record.transport == "ws" && record.direction == "in";
    });
    EXPECT_TRUE(records.ok()) << records.status();
    for (const testing::CaptureRecord& record : *records) {
        const RawEvent event = ReadRaw(record.raw);
        if (event.type.empty()) continue;
        Expected& series = expected[event.symbol + " " + event.type];
        const bool follows = series.last_id == 0 || event.first_id == series.last_id + 1;
        if (event.first_id != 0 && !follows) series.consecutive = false;
        series.last_id = event.last_id;
        series.events.emplace(event.identity, event);
    }
    return expected;
}

bool AllStored(BusLog& log, const std::map<std::string, Expected>& expected) {
    for (const auto& [key, series] : expected) {
        const auto stored = log.all().find(key);
        if (stored == log.all().end()) return false;
        if (stored->second.events.size() < series.events.size()) return false;
    }
    return true;
}

model::Interval RangeOf(const StoredSeries& series) {
    Nanos from = INT64_MAX;
    Nanos to = 0;
    for (const auto& [identity, event] : series.events) {
        from = std::min(from, event.order_ts);
        to = std::max(to, event.order_ts + 1);
    }
    return {from, to};
}

void Compare(const std::string& key, const Expected& expected, const StoredSeries& stored) {
    EXPECT_EQ(stored.events.size(), expected.events.size()) << key;
    EXPECT_EQ(stored.repeats, 0) << key;
    for (const auto& [identity, raw] : expected.events) {
        const auto found = stored.events.find(identity);
        ASSERT_NE(found, stored.events.end()) << key << " " << identity;
        ASSERT_EQ(found->second.content, raw.content) << key << " " << identity;
        if (raw.time_ms == 0) continue;
        ASSERT_EQ(found->second.order_ts, raw.time_ms * kMillisecond) << key << " " << identity;
    }
}

// A claim must come behind what it covers, and cover all of it.
void CheckCoverage(const std::string& key, const Expected& expected, const StoredSeries& stored) {
    EXPECT_EQ(stored.coverage.Complete(RangeOf(stored)), expected.consecutive) << key;
    EXPECT_EQ(stored.gaps.empty(), expected.consecutive) << key << " " << stored.gaps.size();
}

class ReplayTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ReplayTest, EveryMessageIsInTheStreamOnce) {
    MP_SKIP_WITHOUT_CAPTURES();
    const auto expected = ReadCapture(GetParam());
    const auto path = *testing::CapturesRoot() / GetParam();
    Stand stand({"--replay", path.string(), "--speed", "max"});
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    ASSERT_TRUE(log.WaitFor([&] { return AllStored(log, expected); }, 60s))
        << stand.collector().Output();
    const auto claimed = [&] {
        for (const auto& [key, series] : expected) {
            if (!series.consecutive) continue;
            if (!log.all().at(key).coverage.Complete(RangeOf(log.all().at(key)))) return false;
        }
        return true;
    };
    EXPECT_TRUE(log.WaitFor(claimed, 10s));
    EXPECT_EQ(log.faults(), std::vector<std::string>());
    for (const auto& [key, series] : expected) {
        Compare(key, series, log.all().at(key));
        CheckCoverage(key, series, log.all().at(key));
        if (!key.ends_with(" book_delta")) continue;
        const auto snapshots = log.all().find(key.substr(0, key.find(' ')) + " book_snapshot");
        EXPECT_NE(snapshots, log.all().end()) << key;
    }
    EXPECT_EQ(stand.collector().Terminate(20s), 0) << stand.collector().Output();
}

TEST(ContractReplay, AWithheldUpdateIsOneGapAndOneResync) {
    MP_SKIP_WITHOUT_CAPTURES();
    const std::string capture = "cryptofeed/binance-coinm_20210722.jsonl";
    const auto path = *testing::CapturesRoot() / capture;
    Stand stand(
        {"--replay",
         path.string(),
         "--speed",
         "max",
         "--fault",
         "kind=drop_delta,symbol=BCHUSD_PERP,at=2000"}
    );
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    const size_t recorded = ReadCapture(capture).at("BCHUSD_PERP book_delta").events.size();
    const StoredSeries& series = log.Of("BCHUSD_PERP", "book_delta");
    const auto all = [&] { return series.events.size() == recorded - 1 && !series.gaps.empty(); };
    ASSERT_TRUE(log.WaitFor(all, 60s)) << stand.collector().Output();
    // Ten books, and one of them again.
    const auto resyncs = [&] { return stand.Metric("marketprism_book_resyncs_total"); };
    EXPECT_TRUE(testing::Eventually([&] { return resyncs() >= 11; }, 20s));
    EXPECT_EQ(resyncs(), 11);
    ASSERT_EQ(series.gaps.size(), 1u);
    EXPECT_EQ(series.gaps.at(0).substr(0, 13), "sequence_gap ");
    EXPECT_TRUE(log.Of("LINKUSD_PERP", "book_delta").gaps.empty());
    EXPECT_EQ(
        stand.Metric("marketprism_book_checks_total{exchange=\"binance\",result=\"different\"}"), 0
    );
    stand.AskSim("flush", "{}");
    ExpectAllAccounted(stand, "book_delta");
}

// A line of a capture, as recorders write them.
std::string Line(const std::string& raw) {
    std::string escaped;
    for (const char c : raw) escaped += c == '"' ? "\\\"" : std::string(1, c);
    return R"({"exchange":"binance","market":"linear","channel":"","data_type":"","transport":"ws",)"
           R"("recv_ts_ns":null,"url_or_stream":"","direction":"in","raw":")" +
           escaped + "\"}\n";
}

TEST(OneStream, MayGiveTwoSeries) {
    constexpr int kMessages = 50;
    testing::TempDir folder;
    {
        std::ofstream capture(folder / "marks.jsonl");
        for (int i = 0; i < kMessages; ++i) {
            capture << Line(fmt::format(
                R"({{"stream":"btcusdt@markPrice@1s","data":{{"e":"markPriceUpdate","E":{},"s":"BTCUSDT","p":"61000.{}","i":"60990.1","P":"1","r":"0.0001","T":1700006400000}}}})",
                1'700'000'000'000 + i * 1000,
                i
            ));
        }
    }
    Stand stand({"--replay", (folder / "marks.jsonl").string(), "--speed", "max"});
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    for (const char* type : {"mark_price", "funding_rate"}) {
        const StoredSeries& series = log.Of("BTCUSDT", type);
        const auto claimed = [&] {
            return series.events.size() == kMessages && series.coverage.Complete(RangeOf(series));
        };
        EXPECT_TRUE(log.WaitFor(claimed, 20s)) << type << "\n" << stand.collector().Output();
        EXPECT_TRUE(series.gaps.empty()) << type;
    }
    EXPECT_EQ(log.faults(), std::vector<std::string>());
    EXPECT_EQ(stand.collector().Terminate(20s), 0) << stand.collector().Output();
}

INSTANTIATE_TEST_SUITE_P(
    Captures,
    ReplayTest,
    ::testing::Values(
        "hftbacktest/binance-spot_btcusdt_20240808.jsonl",
        "cryptofeed/binance-spot_20210404.jsonl",
        "cryptofeed/binance-spot_20210405.jsonl",
        "cryptofeed/binance-spot_20211012.jsonl",
        "cryptofeed/binance-usdm_20210405.jsonl",
        "cryptofeed/binance-usdm_20210722.jsonl",
        "cryptofeed/binance-coinm_20210722.jsonl",
        "hftbacktest/binance-usdm_btcusdt_20240808.jsonl",
        "hftbacktest/binance-coinm_btcusd_perp_20240808.jsonl"
    ),
    [](const auto& param) {
        std::string name;
        for (const char c : param.param)
            name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
        return name;
    }
);

}  // namespace
}  // namespace mp::collector_test
