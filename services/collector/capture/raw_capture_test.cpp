#include "collector/capture/raw_capture.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <zstd.h>

#include <nlohmann/json.hpp>

#include "testing/run_task.hpp"
#include "testing/temp_dir.hpp"

namespace mp::collector {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string Read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

// Frame by frame, as far as they are whole; fails where a checksum does not fit.
std::string Decompressed(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const size_t size = ZSTD_findFrameCompressedSize(bytes.data(), bytes.size());
        if (ZSTD_isError(size) != 0) break;
        std::string frame(ZSTD_getFrameContentSize(bytes.data(), size), '\0');
        const size_t got = ZSTD_decompress(frame.data(), frame.size(), bytes.data(), size);
        EXPECT_EQ(ZSTD_isError(got), 0u) << ZSTD_getErrorName(got);
        out += frame;
        bytes.remove_prefix(size);
    }
    return out;
}

std::set<fs::path> Files(const fs::path& folder) {
    std::set<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.insert(entry.path());
    return files;
}

class RawCaptureTest : public ::testing::Test {
  protected:
    SegmentWriter::Config Segments() const {
        SegmentWriter::Config config;
        config.path = fs::path(folder_.path()) / "raw";
        return config;
    }

    testing::TempDir folder_;
    telemetry::MetricRegistry metrics_;
    testing::TaskRunner runner_;
};

TEST_F(RawCaptureTest, KeepsWhatWasReceivedToTheByte) {
    RawCapture capture({Segments()}, metrics_);
    FrameRecorder recorder(capture, "binance", "spot", {});
    const std::string frame = "{\"e\":\"trade\",\"x\":\"\\u00e9 \\\\ \xc3\xa9\"}\n\t";
    recorder.Opened("wss://stream/x", 1);
    recorder.Frame("wss://stream/x", 1234567890123456789, frame);
    recorder.Frame("wss://stream/x", 2, "\xff\x00");
    recorder.Answer("/api/v3/exchangeInfo?x=1", 3, "[]");
    runner_.Run(capture.Finish());
    ASSERT_EQ(Files(Segments().path).size(), 1u);
    std::istringstream lines(Decompressed(Read(*Files(Segments().path).begin())));
    std::vector<nlohmann::json> rows;
    for (std::string line; std::getline(lines, line);) rows.push_back(nlohmann::json::parse(line));
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0]["direction"], "event");
    EXPECT_EQ(rows[1]["raw"], frame);
    EXPECT_EQ(rows[1]["recv_ts_ns"], 1234567890123456789);
    EXPECT_EQ(rows[1]["exchange"], "binance");
    EXPECT_EQ(rows[1]["transport"], "ws");
    EXPECT_EQ(rows[2]["raw_hex"], "ff");
    EXPECT_EQ(rows[3]["data_type"], "instruments");
    EXPECT_EQ(rows[3]["transport"], "rest");
}

TEST_F(RawCaptureTest, DropsAndCountsWhatMemoryDoesNotHold) {
    RawCaptureConfig config{Segments()};
    config.max_pending_bytes = 100;
    RawCapture capture(config, metrics_);
    capture.Put(std::string(60, 'a') + "\n");
    capture.Put(std::string(60, 'b') + "\n");
    runner_.Run(capture.Finish());
    EXPECT_EQ(Decompressed(Read(*Files(Segments().path).begin())), std::string(60, 'a') + "\n");
    EXPECT_NE(metrics_.ToText().find("marketprism_raw_capture_dropped_total 1"), std::string::npos);
}

TEST_F(RawCaptureTest, BeginsASegmentAtASizeAndAnAge) {
    SegmentWriter::Config config = Segments();
    config.segment_bytes = 200;
    config.segment_age = 10s;
    SegmentWriter writer(config);
    std::string noise;
    for (int i = 0; i < 150; ++i) noise += static_cast<char>(33 + i * 7919 % 90);
    ASSERT_TRUE(writer.Write(noise, 1 * kSecond).ok());
    ASSERT_TRUE(writer.Write(noise, 2 * kSecond).ok());
    ASSERT_TRUE(writer.Write("small", 3 * kSecond).ok());
    EXPECT_EQ(writer.segments(), 2u);
    ASSERT_TRUE(writer.Write("small", 12 * kSecond).ok());
    EXPECT_EQ(writer.segments(), 3u);
    std::string all;
    for (const fs::path& file : Files(config.path)) all += Decompressed(Read(file));
    EXPECT_EQ(all, noise + noise + "smallsmall") << "names are in order";
}

TEST_F(RawCaptureTest, TheOldestSegmentsGo) {
    SegmentWriter::Config config = Segments();
    config.segment_bytes = 1;
    config.max_bytes = 60;
    {
        SegmentWriter writer(config);
        for (int i = 1; i <= 3; ++i) ASSERT_TRUE(writer.Write("a line", i * kSecond).ok());
    }
    SegmentWriter writer(config);
    for (int i = 4; i <= 6; ++i) ASSERT_TRUE(writer.Write("another", i * kSecond).ok());
    uint64_t bytes = 0;
    for (const fs::path& file : Files(config.path)) bytes += fs::file_size(file);
    EXPECT_LE(bytes, 60u);
    EXPECT_EQ(bytes, writer.bytes());
    EXPECT_EQ(Decompressed(Read(*Files(config.path).rbegin())), "another");
}

TEST_F(RawCaptureTest, AFolderThatCannotBeWrittenCostsTheFramesAndNothingElse) {
    RawCaptureConfig config{Segments()};
    std::ofstream(config.segments.path) << "a file, no folder";
    RawCapture capture(config, metrics_);
    capture.Put("lost\n");
    runner_.Run(capture.Finish());
    EXPECT_NE(
        metrics_.ToText().find("marketprism_raw_capture_failures_total 1"), std::string::npos
    );
    EXPECT_NE(metrics_.ToText().find("marketprism_raw_capture_dropped_total 1"), std::string::npos);
}

}  // namespace
}  // namespace mp::collector
