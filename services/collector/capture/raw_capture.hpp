#pragma once
// Everything that venues send, as it was received, into segment files that mp-exchange-sim replays:
// one line a frame or an answer, {"exchange","market","transport","recv_ts_ns","url_or_stream",
// "direction","raw"}. Lines are collected in memory and written by a thread of their own, so a feed
// never waits; what does not fit into memory is dropped and counted. One executor's thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.hpp"
#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "collector/capture/secret_mask.hpp"
#include "collector/capture/segment_writer.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::collector {

struct RawCaptureConfig {
    SegmentWriter::Config segments;  // an empty path: nothing is captured
    Duration flush_interval = std::chrono::seconds(1);
    uint64_t max_pending_bytes = uint64_t{64} << 20;
};

class RawCapture {
  public:
    RawCapture(RawCaptureConfig config, telemetry::MetricRegistry& metrics);

    bool enabled() const { return !config_.segments.path.empty(); }

    // One line that is a JSON object, with its end of line.
    void Put(std::string_view line);

    // Writes what comes in until cancelled; then Finish writes the rest.
    Task<Status> Run();
    Task<> Finish();

  private:
    Task<> WriteBlock();
    void AddReadings(telemetry::MetricRegistry& metrics);

    struct Counts {
        uint64_t lines = 0;
        uint64_t bytes = 0;
        uint64_t dropped = 0;  // lines that did not fit into memory, or not onto the disk
        uint64_t failures = 0;
    };

    const RawCaptureConfig config_;
    SegmentWriter writer_;
    std::string pending_;
    uint64_t pending_lines_ = 0;
    std::string block_;  // being written
    runtime::Condition more_;
    Counts counts_;
    uint64_t stored_bytes_ = 0;
    bool failing_ = false;
    std::vector<telemetry::MetricRegistry::Reading> readings_;
    runtime::BlockingPool thread_{"raw-capture", 1, 4};
};

// Tells a capture what one market of an exchange sends, with what is secret hidden. Outlives its
// feed.
class FrameRecorder {
  public:
    FrameRecorder(
        RawCapture& capture, std::string_view exchange, std::string_view market, SecretMask secrets
    );

    void Opened(std::string_view url, Nanos now);
    void Frame(std::string_view url, Nanos received_ts, std::string_view frame);
    void Answer(std::string_view target, Nanos received_ts, std::string_view body);

  private:
    void Put(
        std::string_view head, std::string_view where, Nanos received_ts, std::string_view raw
    );

    RawCapture& capture_;
    const std::string from_;  // of every line: {"exchange":"..","market":".."
    SecretMask secrets_;
    std::string line_;
};

}  // namespace mp::collector
