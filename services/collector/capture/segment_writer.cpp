#include "collector/capture/segment_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>
#include <vector>
#include <zstd.h>

namespace mp::collector {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "capture_";
constexpr std::string_view kSuffix = ".jsonl.zst";

// "2026-11-20T10:45:00.123456789Z" as part of a name: in order as texts, too.
std::string NameOf(Nanos time) {
    std::string text = FormatTime(time);
    std::erase_if(text, [](char c) { return c == ':' || c == '-'; });
    return std::string(kPrefix) + text + std::string(kSuffix);
}

Status Failed(const char* what) {
    const std::string text = std::string("raw capture: ") + what + ": " + std::strerror(errno);
    return absl::UnavailableError(text);
}

}  // namespace

void SegmentWriter::FreeContext::operator()(ZSTD_CCtx_s* context) const {
    ZSTD_freeCCtx(context);
}

SegmentWriter::SegmentWriter(Config config)
    : config_(std::move(config)), context_(ZSTD_createCCtx()) {
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, config_.level);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

SegmentWriter::~SegmentWriter() {
    Close();
}

// What earlier processes left counts, too.
Status SegmentWriter::Prepare() {
    if (prepared_) return OkStatus();
    std::error_code error;
    fs::create_directories(config_.path, error);
    if (error) return absl::UnavailableError("raw capture: " + error.message());
    std::vector<Segment> found;
    for (const auto& entry : fs::directory_iterator(config_.path, error)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
        found.push_back({entry.path(), entry.file_size(error)});
    }
    std::sort(found.begin(), found.end(), [](const Segment& a, const Segment& b) {
        return a.file < b.file;
    });
    for (Segment& segment : found) {
        bytes_ += segment.bytes;
        segments_.push_back(std::move(segment));
    }
    prepared_ = true;
    return OkStatus();
}

Status SegmentWriter::Write(std::string_view lines, Nanos now) {
    MP_RETURN_IF_ERROR(Prepare());
    frame_.resize(ZSTD_compressBound(lines.size()));
    const size_t size =
        ZSTD_compress2(context_.get(), frame_.data(), frame_.size(), lines.data(), lines.size());
    if (ZSTD_isError(size) != 0) {
        return absl::InternalError(std::string("raw capture: ") + ZSTD_getErrorName(size));
    }
    const bool full = file_ >= 0 && (segments_.back().bytes + size > config_.segment_bytes ||
                                     now - begun_ >= config_.segment_age.count());
    if (full) Close();
    if (file_ < 0) MP_RETURN_IF_ERROR(Begin(now));
    MP_RETURN_IF_ERROR(Append(std::string_view(frame_).substr(0, size)));
    DropOldest();
    return OkStatus();
}

Status SegmentWriter::Begin(Nanos now) {
    const fs::path file = config_.path / NameOf(now);
    file_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file_ < 0) return Failed("open");
    segments_.push_back({file, 0});
    begun_ = now;
    return OkStatus();
}

Status SegmentWriter::Append(std::string_view frame) {
    Segment& segment = segments_.back();
    size_t done = 0;
    while (done < frame.size()) {
        const ssize_t written = ::write(file_, frame.data() + done, frame.size() - done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            const Status failed = Failed("write");
            // Half a frame would hide those behind it.
            if (::ftruncate(file_, static_cast<off_t>(segment.bytes)) != 0 ||
                ::lseek(file_, static_cast<off_t>(segment.bytes), SEEK_SET) < 0) {
                Close();
            }
            return failed;
        }
        done += static_cast<size_t>(written);
    }
    segment.bytes += frame.size();
    bytes_ += frame.size();
    return OkStatus();
}

void SegmentWriter::DropOldest() {
    while (bytes_ > config_.max_bytes && segments_.size() > 1) {
        std::error_code error;
        fs::remove(segments_.front().file, error);
        bytes_ -= segments_.front().bytes;
        segments_.pop_front();
    }
}

void SegmentWriter::Close() {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
}

}  // namespace mp::collector
