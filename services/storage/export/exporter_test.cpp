// Exports of real stores into real folders, interrupted at every place.

#include "storage/export/exporter.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "backup/folders.hpp"
#include "storage/engines/rocksdb/open.hpp"
#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "storage/export/sha256.hpp"
#include "testing/manual_clock.hpp"
#include "testing/temp_dir.hpp"

namespace mp::storage {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr char kJournal[] = "progress.ndjson";

std::string Payload(const std::string& more = "") {
    return R"({"series":[{"data_type":"trade"}],"start":"1970-01-01T00:00:00Z",)"
           R"("end":"1970-01-01T00:00:00.000001Z","rows_per_part":10,"to":"out")" +
           more + "}";
}

const OnExportProgress kGoOn = [](double) { return true; };

class ExportTest : public ::testing::Test {
  protected:
    // 25 trades of one instrument, 10 ns apart, of which the first 130 ns are vouched for.
    static void Fill(Engine& engine) {
        std::vector<TestEvent> events;
        for (int i = 1; i <= 25; ++i) {
            events.push_back(TestTrade(i * 10, static_cast<uint64_t>(i), 100 + i));
        }
        Append(engine, events);
        Claim(engine, {{{0, 130}}});
    }

    Result<ExportReport> Export(
        const std::string& payload = Payload(), const OnExportProgress& on_progress = kGoOn
    ) {
        const auto order = ParseExportOrder(payload, kSecond);
        if (!order.ok()) return order.status();
        return Exporter({*engine_, clock_}, {folder_ / "exports", min_free_})
            .Run(*order, on_progress);
    }

    // Stopped when it asks for the `call`th time whether to go on.
    Status StoppedAt(int call) {
        int calls = 0;
        return Export(Payload(), [&](double) { return ++calls < call; }).status();
    }

    fs::path Out(std::string_view file = {}) const { return folder_ / "exports/out" / file; }
    json Manifest() const { return json::parse(testing::ReadFile(Out("manifest.json"))); }

    std::map<std::string, std::string> Files() const {
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::directory_iterator(Out())) {
            files[entry.path().filename()] = testing::ReadFile(entry.path());
        }
        return files;
    }

    testing::TempDir folder_;
    testing::ManualClock clock_{kSecond};
    std::unique_ptr<Engine> engine_ = std::make_unique<MemoryEngine>(clock_);
    uint64_t min_free_ = 0;
};

TEST_F(ExportTest, WritesTheLinesThatRestGivesInPartsAndAManifest) {
    Fill(*engine_);
    const auto report = Export();
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->rows, 25u);
    EXPECT_EQ(report->parts, 3u);
    EXPECT_EQ(report->kept_parts, 0u);
    EXPECT_FALSE(report->complete);
    const auto files = Files();
    ASSERT_EQ(files.size(), 4u) << "three parts and the manifest";
    const std::string& first = files.at("00001-binance-spot-BTC-USDT-trade-000001.csv");
    EXPECT_THAT(
        first,
        ::testing::StartsWith(
            "exchange,market,symbol,data_type,exchange_ts,received_ts,order_ts,id,price,quantity,"
            "base_quantity,quantity_unit,side,trade_id,id_space,first_fill_id,last_fill_id\r\n"
            "binance,spot,BTC-USDT,trade,1970-01-01T00:00:00.000000010Z,"
            "1970-01-01T00:00:00.000000015Z,1970-01-01T00:00:00.000000010Z,1,1.01,1.5,"
        )
    );
    const json manifest = Manifest();
    EXPECT_EQ(manifest["rows"], 25);
    EXPECT_EQ(manifest["columns"]["trade"][8], "price");
    EXPECT_EQ(manifest["request"]["format"], "csv");
    const json& series = manifest["series"][0];
    EXPECT_EQ(series["symbol"], "BTC-USDT");
    EXPECT_EQ(series["first"], "1970-01-01T00:00:00.000000010Z");
    EXPECT_EQ(series["last"], "1970-01-01T00:00:00.000000250Z");
    EXPECT_EQ(series["coverage"]["complete"], false);
    EXPECT_EQ(
        series["coverage"]["gaps"].dump(),
        R"([{"from":"1970-01-01T00:00:00.000000130Z","reason":"collector_lost","state":"open",)"
        R"("to":"1970-01-01T00:00:00.000001000Z"}])"
    ) << "one gap, although parts end inside it";
    uint64_t rows = 0;
    for (const json& part : series["parts"]) {
        const std::string bytes = files.at(part["file"]);
        EXPECT_EQ(part["sha256"], Sha256Hex(bytes));
        EXPECT_EQ(part["bytes"], bytes.size());
        rows += part["rows"].get<uint64_t>();
    }
    EXPECT_EQ(rows, 25u);
    EXPECT_EQ(series["parts"][2]["first"], "1970-01-01T00:00:00.000000210Z");
}

TEST_F(ExportTest, WhereverItIsStoppedItGoesOnBehindTheLastFinishedPart) {
    Fill(*engine_);
    ASSERT_TRUE(Export().ok());
    const auto whole = Files();
    for (int call = 1; call <= 3; ++call) {
        fs::remove_all(Out());
        EXPECT_EQ(StoppedAt(call).code(), StatusCode::kCancelled);
        for (const auto& [name, bytes] : Files()) {
            EXPECT_TRUE(name == kJournal || whole.at(name) == bytes) << name << " is half written";
        }
        const auto report = Export();
        ASSERT_TRUE(report.ok()) << report.status();
        EXPECT_EQ(report->kept_parts, static_cast<uint64_t>(call - 1));
        EXPECT_TRUE(Files() == whole);
    }
}

TEST_F(ExportTest, WhatACrashLeavesIsReadNoFurtherThanItIsWhole) {
    Fill(*engine_);
    ASSERT_TRUE(Export().ok());
    const auto whole = Files();
    fs::remove_all(Out());
    ASSERT_FALSE(StoppedAt(3).ok());
    // Killed between two parts, with a line half written and a part under its two names.
    const std::string third = "00001-binance-spot-BTC-USDT-trade-000003.csv";
    std::ofstream(Out(kJournal), std::ios::app) << R"({"series":0,"file":")" + third;
    std::ofstream(Out(third)) << "from before the crash";
    std::ofstream(Out(third + ".part")) << "half";
    std::ofstream(Out("00001-of-another-size-000009.csv")) << "never finished";
    const auto report = Export();
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->kept_parts, 2u);
    EXPECT_TRUE(Files() == whole);
}

TEST_F(ExportTest, APartThatIsGoneIsWrittenAgainWithAllBehindIt) {
    Fill(*engine_);
    ASSERT_TRUE(Export().ok());
    const auto whole = Files();
    fs::remove_all(Out());
    ASSERT_FALSE(StoppedAt(3).ok());
    fs::remove(Out("00001-binance-spot-BTC-USDT-trade-000001.csv"));
    const auto report = Export();
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->kept_parts, 0u);
    EXPECT_TRUE(Files() == whole);
}

TEST_F(ExportTest, AFinishedOneStaysAsItIs) {
    Fill(*engine_);
    ASSERT_TRUE(Export().ok());
    const auto whole = Files();
    Append(*engine_, {TestTrade(15, 99)});
    std::ofstream(Out(kJournal)) << "killed between the manifest and this";
    const auto again = Export();
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->rows, 25u);
    EXPECT_EQ(again->kept_parts, 3u);
    EXPECT_TRUE(Files() == whole);
    std::ofstream(Out("00001-binance-spot-BTC-USDT-trade-000002.csv"), std::ios::app) << "more";
    EXPECT_EQ(Export().status().code(), StatusCode::kDataLoss);
}

TEST_F(ExportTest, OneFolderIsForOneRequest) {
    Fill(*engine_);
    const auto refused = [this](const std::string& payload) {
        const Status status = Export(payload).status();
        EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << status;
        return std::string(MessageOf(status));
    };
    ASSERT_FALSE(StoppedAt(2).ok());
    const auto before = Files();
    EXPECT_THAT(refused(Payload(R"(,"format":"ndjson")")), HasSubstr("an unfinished export of"));
    EXPECT_TRUE(Files() == before);
    ASSERT_TRUE(Export().ok());
    EXPECT_THAT(refused(Payload(R"(,"compression":"gz")")), HasSubstr("the export of another"));
    fs::remove_all(Out());
    fs::create_directories(Out());
    std::ofstream(Out("letter.txt")) << "precious";
    EXPECT_THAT(refused(Payload()), HasSubstr("something else in it"));
    EXPECT_EQ(testing::ReadFile(Out("letter.txt")), "precious");
    fs::remove_all(folder_ / "exports/out");
    fs::create_directory_symlink(folder_.path(), folder_ / "exports/out");
    EXPECT_THAT(refused(Payload()), HasSubstr("is no folder"));
}

TEST_F(ExportTest, TwoDoNotWriteIntoOneFolder) {
    Fill(*engine_);
    fs::create_directories(folder_ / "exports");
    const auto held = backup::HeldFile::Take(folder_ / "exports/.out.lock", "busy");
    ASSERT_TRUE(held.ok());
    EXPECT_EQ(Export().status().code(), StatusCode::kFailedPrecondition);
    EXPECT_TRUE(Export(Payload().replace(Payload().find("out"), 3, "oth")).ok());
}

TEST_F(ExportTest, WithoutRoomItSaysSoAndGoesOnWhenThereIsSome) {
    Fill(*engine_);
    min_free_ = uint64_t{1} << 60;
    const Status full = Export().status();
    EXPECT_EQ(full.code(), StatusCode::kResourceExhausted);
    EXPECT_THAT(std::string(MessageOf(full)), HasSubstr("export.min_free_bytes"));
    min_free_ = 0;
    EXPECT_EQ(Export().value().rows, 25u);
}

// As a full disk looks to who writes: a file that gets no longer.
TEST_F(ExportTest, ADiskThatFillsUpLeavesNoHalfPart) {
    std::vector<TestEvent> events;
    for (int i = 1; i <= 500; ++i) events.push_back(TestTrade(i, static_cast<uint64_t>(i)));
    Append(*engine_, events);
    const std::string payload = Payload().replace(Payload().find(":10,"), 4, ":400,");
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit small = before;
    small.rlim_cur = 20'000;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    const Status full = Export(payload).status();
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(full.code(), StatusCode::kResourceExhausted) << full;
    EXPECT_THAT(std::string(MessageOf(full)), HasSubstr("no room for"));
    EXPECT_EQ(Files().size(), 1u) << "only how far it has come";
    const auto report = Export(payload);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->rows, 500u);
}

TEST_F(ExportTest, TakesAllSeriesThatAreMeantAndNamesThoseThatAreNot) {
    Fill(*engine_);
    TestEvent odd = TestTrade(10, 1);
    odd.series.instrument.symbol = "a/b ../\xE5\xB8\x81";
    Append(*engine_, {odd, TestBbo(20, 1)});
    const auto report = Export();
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->series, 2u);
    EXPECT_EQ(report->rows, 26u);
    EXPECT_TRUE(Files().contains("00002-binance-spot-a_b_..____-trade-000001.csv"));
    EXPECT_EQ(Manifest()["series"][1]["symbol"], "a/b ../\xE5\xB8\x81");
    const Status unknown =
        Export(R"({"series":[{},{"symbol":"NO-SUCH"}],"start":0,"end":1,"to":"none"})").status();
    EXPECT_EQ(unknown.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(MessageOf(unknown)), HasSubstr("series[1]"));
    EXPECT_FALSE(fs::exists(folder_ / "exports/none"));
}

TEST_F(ExportTest, ASeriesWithoutRowsInTheIntervalIsInTheManifestAlone) {
    Fill(*engine_);
    const auto report =
        Export(R"({"series":[{"data_type":"trade"}],"start":"1970-01-01T00:00:00.0000005Z",)"
               R"("end":"1970-01-01T00:00:00.000001Z","to":"out"})");
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->rows, 0u);
    EXPECT_EQ(Files().size(), 1u);
    EXPECT_EQ(Manifest()["series"][0]["parts"].size(), 0u);
    EXPECT_EQ(Manifest()["series"][0]["coverage"]["gaps"].size(), 1u);
}

// As many parts as rows: what a part costs does not grow with those before it.
TEST_F(ExportTest, APartARowIsAllowedAndGoesOnWhereItWasStopped) {
    std::vector<TestEvent> events;
    constexpr int kRows = 1200;
    for (int i = 0; i < kRows; ++i) {
        TestEvent event = TestTrade(i / 2 + 1, static_cast<uint64_t>(i));
        if (i % 2 == 1) event.series = TestSeries(model::DataType::kTrade, "ETH-USDT");
        events.push_back(event);
    }
    Append(*engine_, events);
    const std::string payload = Payload().replace(Payload().find(":10,"), 4, ":1,");
    int calls = 0;
    EXPECT_FALSE(Export(payload, [&](double) { return ++calls < kRows * 3 / 4; }).ok());
    const auto report = Export(payload);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->parts, kRows);
    EXPECT_EQ(report->rows, kRows);
    EXPECT_GT(report->kept_parts, kRows / 2u);
    EXPECT_LT(report->kept_parts, kRows);
    EXPECT_EQ(Files().size(), kRows + 1u);
    const json manifest = Manifest();
    for (const json& series : manifest["series"]) {
        ASSERT_EQ(series["parts"].size(), kRows / 2u);
        std::string last;
        for (const json& part : series["parts"]) {
            EXPECT_EQ(part["rows"], 1);
            EXPECT_LT(last, part["file"].get<std::string>());
            last = part["file"];
        }
        EXPECT_EQ(series["last"], series["parts"].back()["last"]);
    }
    EXPECT_EQ(Export(payload)->kept_parts, kRows);
}

TEST_F(ExportTest, ItsProgressGrows) {
    Fill(*engine_);
    std::vector<double> told;
    ASSERT_TRUE(Export(Payload(), [&](double fraction) {
                    told.push_back(fraction);
                    return true;
                }).ok());
    EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
    EXPECT_GT(told.back(), 0.2);
    EXPECT_LE(told.back(), 1.0);
}

// The same files, whatever the engine is made of.
TEST_F(ExportTest, BothEnginesGiveWhatTheReferenceGives) {
    Fill(*engine_);
    for (const char* format : {"csv", "ndjson"}) {
        const std::string payload = Payload(R"(,"format":")" + std::string(format) + "\"");
        fs::remove_all(Out());
        ASSERT_TRUE(Export(payload).ok());
        const auto expected = Files();
        const auto gives_the_same = [&](std::unique_ptr<Engine> engine) {
            Fill(*engine);
            std::swap(engine_, engine);
            fs::remove_all(Out());
            EXPECT_EQ(StoppedAt(2).code(), StatusCode::kCancelled);
            fs::remove_all(Out());
            EXPECT_TRUE(Export(payload).ok());
            EXPECT_TRUE(Files() == expected);
            std::swap(engine_, engine);
        };
        const testing::TempDir rocks;
        RocksConfig config;
        config.path = rocks / "store";
        config.min_free_bytes = 0;
        gives_the_same(OpenRocksEngine(config, clock_).value());
        const testing::TempDir database;
        if (testing::ClickHouseServer::Installed())
            gives_the_same(OpenClickHouse(database, clock_));
    }
}

}  // namespace
}  // namespace mp::storage
