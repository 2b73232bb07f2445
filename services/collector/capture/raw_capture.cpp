#include "collector/capture/raw_capture.hpp"

#include <utility>

#include "net/utf8.hpp"
#include "telemetry/logging.hpp"

namespace mp::collector {
namespace {

const telemetry::Logger kLog{"collector.capture"};

constexpr size_t kBlockBytes = 1u << 20;

void AppendEscaped(std::string_view text, std::string& out) {
    constexpr char kHex[] = "0123456789abcdef";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out.append("\\u00");
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        } else {
            out += c;
        }
    }
}

void AppendHex(std::string_view bytes, std::string& out) {
    constexpr char kHex[] = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
}

// What a list of instruments is called, whoever gives it.
bool IsListing(std::string_view target) {
    const std::string_view path = target.substr(0, target.find('?'));
    return path.ends_with("exchangeInfo") || path.find("instruments") != std::string_view::npos;
}

}  // namespace

RawCapture::RawCapture(RawCaptureConfig config, telemetry::MetricRegistry& metrics)
    : config_(std::move(config)), writer_(config_.segments) {
    if (enabled()) AddReadings(metrics);
}

void RawCapture::Put(std::string_view line) {
    ++counts_.lines;
    if (pending_.size() + line.size() > config_.max_pending_bytes) {
        ++counts_.dropped;
        return;
    }
    pending_ += line;
    ++pending_lines_;
    if (pending_.size() >= kBlockBytes) more_.NotifyAll();
}

Task<Status> RawCapture::Run() {
    while (enabled()) {
        if (pending_.size() < kBlockBytes) {
            (void)co_await more_.Wait(Deadline::After(config_.flush_interval));
        }
        co_await WriteBlock();
    }
    for (;;) co_await more_.Wait();
}

Task<> RawCapture::Finish() {
    co_await WriteBlock();
}

Task<> RawCapture::WriteBlock() {
    if (pending_.empty()) co_return;
    block_.clear();
    std::swap(block_, pending_);
    const uint64_t lines = std::exchange(pending_lines_, 0);
    const Nanos now = DefaultClock().Now();
    const auto write = [this, now] { return writer_.Write(block_, now); };
    const Status written = co_await thread_.Run(write);
    if (written.ok()) {
        counts_.bytes += block_.size();
        stored_bytes_ = writer_.bytes();
    } else {
        ++counts_.failures;
        counts_.dropped += lines;
        if (!failing_) kLog.Error("raw frames are lost", {{"reason", written}});
    }
    failing_ = !written.ok();
}

void RawCapture::AddReadings(telemetry::MetricRegistry& metrics) {
    using Kind = telemetry::MetricRegistry::ReadKind;
    const auto add = [&](Kind kind, const char* name, const char* help, const uint64_t& value) {
        readings_.push_back(metrics.Read(kind, name, help, {}, [&value] {
            return static_cast<double>(value);
        }));
    };
    add(Kind::kCounter, "marketprism_raw_capture_lines_total", "Raw frames.", counts_.lines);
    add(Kind::kCounter,
        "marketprism_raw_capture_bytes_total",
        "Raw frames written, before compression.",
        counts_.bytes);
    add(Kind::kCounter,
        "marketprism_raw_capture_dropped_total",
        "Raw frames that were not written.",
        counts_.dropped);
    add(Kind::kCounter,
        "marketprism_raw_capture_failures_total",
        "Blocks that could not be written.",
        counts_.failures);
    add(Kind::kGauge,
        "marketprism_raw_capture_stored_bytes",
        "Segments on disk, after compression.",
        stored_bytes_);
}

FrameRecorder::FrameRecorder(
    RawCapture& capture, std::string_view exchange, std::string_view market, SecretMask secrets
)
    : capture_(capture),
      from_(
          R"({"exchange":")" + std::string(exchange) + R"(","market":")" + std::string(market) +
          "\""
      ),
      secrets_(std::move(secrets)) {}

void FrameRecorder::Opened(std::string_view url, Nanos now) {
    Put(R"(,"transport":"ws","direction":"event","data_type":"connect")", url, now, "");
}

void FrameRecorder::Frame(std::string_view url, Nanos received_ts, std::string_view frame) {
    Put(R"(,"transport":"ws","direction":"in")", url, received_ts, frame);
}

void FrameRecorder::Answer(std::string_view target, Nanos received_ts, std::string_view body) {
    const bool listing = IsListing(target);
    Put(listing ? R"(,"transport":"rest","direction":"in","data_type":"instruments")"
                : R"(,"transport":"rest","direction":"in")",
        target,
        received_ts,
        body);
}

void FrameRecorder::Put(
    std::string_view head, std::string_view where, Nanos received_ts, std::string_view raw
) {
    raw = secrets_.Of(raw);
    line_.assign(from_).append(head).append(R"(,"url_or_stream":")");
    AppendEscaped(where, line_);
    line_.append(R"(","recv_ts_ns":)").append(std::to_string(received_ts));
    if (net::IsValidUtf8(raw)) {
        line_.append(R"(,"raw":")");
        AppendEscaped(raw, line_);
    } else {
        // No text: kept, but nothing that a replay can serve.
        line_.append(R"(,"raw":"","raw_hex":")");
        AppendHex(raw, line_);
    }
    line_.append("\"}\n");
    capture_.Put(line_);
}

}  // namespace mp::collector
