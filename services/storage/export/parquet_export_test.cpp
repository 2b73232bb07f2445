// Exports as Parquet: on a server that writes it the rows of the CSV export of the same series,
// read back by that server; elsewhere the refusal that names what does.

#include <algorithm>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "storage/engines/clickhouse/client.hpp"
#include "storage/engines/rocksdb/open.hpp"
#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/modern_clickhouse.hpp"
#include "storage/export/exporter.hpp"
#include "storage/export/sha256.hpp"
#include "testing/manual_clock.hpp"
#include "testing/temp_dir.hpp"

namespace mp::storage {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

using Table = std::vector<std::vector<std::string>>;

constexpr uint64_t kRowsPerPart = 10;

class ParquetExport : public ::testing::Test {
  protected:
    Result<ExportReport> Export(
        const Engine& engine,
        const std::string& format,
        const std::string& type = "trade",
        const OnExportProgress& on_progress = [](double) { return true; }
    ) {
        const auto order = ParseExportOrder(
            R"({"series":[{"data_type":")" + type +
                R"("}],"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:00:00.000001Z",)" +
                R"("rows_per_part":)" + std::to_string(kRowsPerPart) + R"(,"format":")" + format +
                R"(","to":")" + format + R"("})",
            kSecond
        );
        if (!order.ok()) return order.status();
        return Exporter({engine, clock_}, {folder_ / "exports", 0}).Run(*order, on_progress);
    }

    fs::path Out(const std::string& format, const std::string& file) const {
        return folder_ / "exports" / format / file;
    }
    json Manifest(const std::string& format) const {
        return json::parse(testing::ReadFile(Out(format, "manifest.json")));
    }
    // Of all series, in their order.
    std::vector<json> Parts(const std::string& format) const {
        std::vector<json> parts;
        const json manifest = Manifest(format);
        for (const json& series : manifest["series"]) {
            for (const json& part : series["parts"]) parts.push_back(part);
        }
        return parts;
    }

    // Columns of a CSV export; nothing in its texts is quoted.
    Table CsvRows(const std::vector<std::string>& columns) const {
        Table rows;
        for (const json& part : Parts("csv")) {
            std::istringstream file(testing::ReadFile(Out("csv", part["file"])));
            std::vector<std::string> names;
            for (std::string line; std::getline(file, line);) {
                line.pop_back();  // '\r'
                std::vector<std::string> cells;
                std::istringstream text(line + ",");
                for (std::string cell; std::getline(text, cell, ',');) cells.push_back(cell);
                if (names.empty()) {
                    names = cells;
                    continue;
                }
                std::vector<std::string>& row = rows.emplace_back();
                for (const std::string& column : columns) {
                    const auto at = std::find(names.begin(), names.end(), column) - names.begin();
                    row.push_back(cells.at(static_cast<size_t>(at)));
                }
            }
        }
        return rows;
    }

    testing::TempDir folder_;
    testing::ManualClock clock_{kSecond};
};

void ExpectRefused(const Result<ExportReport>& report, const std::string& why) {
    EXPECT_EQ(report.status().code(), StatusCode::kInvalidArgument) << report.status();
    EXPECT_THAT(std::string(MessageOf(report.status())), HasSubstr("format: "));
    EXPECT_THAT(std::string(MessageOf(report.status())), HasSubstr(why));
    EXPECT_THAT(std::string(MessageOf(report.status())), HasSubstr("ndjson"));
}

TEST_F(ParquetExport, RocksDbSaysWhoWritesIt) {
    RocksConfig config;
    config.path = folder_ / "store";
    config.min_free_bytes = 0;
    const auto engine = OpenRocksEngine(config, clock_).value();
    Append(*engine, {TestTrade(10, 1)});
    ExpectRefused(Export(*engine, "parquet"), "storage.engine: clickhouse");
    EXPECT_FALSE(fs::exists(folder_ / "exports"));
}

TEST_F(ParquetExport, AServerThatIsTooOldIsNamed) {
    if (const char* const why = NoClickHouse()) GTEST_SKIP() << why;
    const auto engine = OpenClickHouse(folder_, clock_);
    Append(*engine, {TestTrade(10, 1)});
    ExpectRefused(Export(*engine, "parquet"), "ClickHouse 18.16");
}

class ModernParquetExport : public ParquetExport {
  protected:
    void SetUp() override {
        if (const char* const why = NoModernClickHouse()) GTEST_SKIP() << why;
        engine_ = OpenModernClickHouse(folder_, clock_);
    }

    Table ParquetRows(const std::string& select) const {
        Table rows;
        for (const json& part : Parts("parquet")) {
            const std::string file = Out("parquet", part["file"]).string();
            const auto read = Ask("SELECT " + select + " FROM file('" + file + "', 'Parquet')");
            EXPECT_EQ(read.size(), part["rows"]) << file;
            const std::string bytes = testing::ReadFile(file);
            EXPECT_EQ(part["sha256"], Sha256Hex(bytes));
            EXPECT_EQ(part["bytes"], bytes.size());
            rows.insert(rows.end(), read.begin(), read.end());
        }
        return rows;
    }
    Table Ask(const std::string& sql) const {
        const clickhouse::Client client(ModernClickHouseOf(folder_).server);
        return client.Rows(sql).value();
    }
    std::string TypeIn(const std::string& file, const std::string& column) const {
        for (const auto& row : Ask("DESCRIBE file('" + Out("parquet", file).string() + "')")) {
            if (row[0] == column) return row[1];
        }
        return "";
    }

    std::unique_ptr<Engine> engine_;
};

// As people read both: instants with nanoseconds, numbers as they are.
constexpr char kInstants[] =
    "concat(replaceOne(toString(order_ts), ' ', 'T'), 'Z'), "
    "concat(replaceOne(toString(received_ts), ' ', 'T'), 'Z'), ";

TEST_F(ModernParquetExport, HasTheRowsAndPartsOfTheCsvExport) {
    // Out of order, in several commits, some twice and some of them received earlier the second
    // time: versions that the server has not merged.
    for (const int step : {3, 2, 1}) {
        std::vector<TestEvent> events;
        for (int i = step; i <= 45; i += step) {
            TestEvent event = TestTrade(i * 10, static_cast<uint64_t>(i), 100 + i, step);
            if (i % 5 == 0) event.series = TestSeries(model::DataType::kTrade, "ETH-USDT");
            events.push_back(event);
        }
        Append(*engine_, events);
    }
    Claim(*engine_, {{{0, 130}}});
    const model::Series btc = TestSeries(model::DataType::kTrade);
    EXPECT_EQ(DeleteAll(*engine_, btc, {200, 230}), 2u);

    ASSERT_TRUE(Export(*engine_, "csv").ok());
    const auto report = Export(*engine_, "parquet");
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->rows, 43u);
    const Table rows = CsvRows(
        {"order_ts",
         "received_ts",
         "exchange",
         "market",
         "symbol",
         "price",
         "quantity",
         "side",
         "trade_id",
         "quantity_unit"}
    );
    EXPECT_EQ(rows.size(), 43u);
    EXPECT_EQ(
        ParquetRows(
            std::string(kInstants) + "exchange, market, symbol, toString(price), "
                                     "toString(quantity), side, toString(trade_id), quantity_unit"
        ),
        rows
    );
    const std::vector<json> parts = Parts("parquet");
    const std::vector<json> csv_parts = Parts("csv");
    ASSERT_EQ(parts.size(), csv_parts.size());
    for (size_t i = 0; i < parts.size(); ++i) {
        for (const char* member : {"rows", "first", "last"}) {
            EXPECT_EQ(parts[i][member], csv_parts[i][member]) << i << " " << member;
        }
    }
    EXPECT_EQ(parts[0]["file"], "00001-binance-spot-BTC-USDT-trade-000001.parquet");
    for (size_t i = 0; i < 2; ++i) {
        const json coverage = Manifest("parquet")["series"][i]["coverage"];
        EXPECT_EQ(coverage, Manifest("csv")["series"][i]["coverage"]);
        EXPECT_EQ(coverage["complete"], false);
    }
    EXPECT_EQ(TypeIn(parts[0]["file"], "price"), "Decimal(38, 18)");
    EXPECT_EQ(TypeIn(parts[0]["file"], "order_ts"), "DateTime64(9, 'UTC')");
    EXPECT_EQ(TypeIn(parts[0]["file"], "side"), "String");
}

TEST_F(ModernParquetExport, GoesOnBehindThePartsThatAreThere) {
    std::vector<TestEvent> events;
    for (int i = 1; i <= 25; ++i) events.push_back(TestTrade(i * 10, static_cast<uint64_t>(i)));
    Append(*engine_, events);
    int pieces = 0;
    const auto second = [&](double) { return ++pieces < 2; };
    const Status stopped = Export(*engine_, "parquet", "trade", second).status();
    EXPECT_EQ(stopped.code(), StatusCode::kCancelled) << stopped;
    const auto report = Export(*engine_, "parquet");
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->kept_parts, 1u);
    EXPECT_EQ(report->parts, 3u);
    const Table ids = ParquetRows("toString(trade_id)");
    ASSERT_EQ(ids.size(), 25u);
    for (size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ids[i][0], std::to_string(i + 1));
}

TEST_F(ModernParquetExport, WritesBooksAndLeavesStatesToOthers) {
    Append(
        *engine_,
        {TestSnapshot(model::SnapshotOrigin::kVenue, 10, {101, 99}), TestListing(20, "TRADING")}
    );
    const auto report = Export(*engine_, "parquet", "book_snapshot");
    ASSERT_TRUE(report.ok()) << report.status();
    const Table rows = ParquetRows("length(bid_price), toString(bid_price[1])");
    EXPECT_EQ(rows, (Table{{"2", "1.01"}}));
    fs::remove_all(folder_ / "exports");
    ExpectRefused(Export(*engine_, "parquet", "instrument"), "instrument metadata");
}

}  // namespace
}  // namespace mp::storage
