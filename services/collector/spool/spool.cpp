#include "collector/spool/spool.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "collector/spool/crc32c.hpp"

namespace mp::collector {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".seg";
constexpr uint64_t kMinSegments = 8;
constexpr size_t kReadChunk = size_t{256} << 10;

Status SystemError(std::string_view what, const fs::path& path) {
    return absl::ErrnoToStatus(errno, fmt::format("spool: {} {}", what, path.string()));
}

std::optional<uint64_t> SequenceOfName(const fs::path& path) {
    if (path.extension() != kSuffix) return std::nullopt;
    const std::string stem = path.stem().string();
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), value);
    if (error != std::errc() || end != stem.data() + stem.size()) return std::nullopt;
    return value;
}

Result<std::string> ReadWhole(const fs::path& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return SystemError("cannot open", path);
    std::string bytes;
    Status status;
    for (;;) {
        const size_t had = bytes.size();
        bytes.resize(had + kReadChunk);
        const ssize_t got = read(file, bytes.data() + had, kReadChunk);
        bytes.resize(had + static_cast<size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0) status = SystemError("cannot read", path);
        if (got <= 0) break;
    }
    close(file);
    if (!status.ok()) return status;
    return bytes;
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::Open(SpoolOptions options, SpoolRecovery& recovery) {
    // Only whole files are forgotten, so one must be a small part of the whole.
    options.segment_bytes = std::min(options.segment_bytes, options.max_bytes / kMinSegments);
    std::unique_ptr<Spool> spool(new Spool(std::move(options)));
    MP_RETURN_IF_ERROR(spool->Lock());
    MP_RETURN_IF_ERROR(spool->Recover(recovery));
    MP_RETURN_IF_ERROR(spool->StartSegment());
    return spool;
}

Spool::~Spool() {
    for (const Segment& segment : segments_) {
        if (segment.file >= 0) close(segment.file);
    }
    if (floor_ >= 0) close(floor_);
    if (lock_ >= 0) close(lock_);
}

Status Spool::Lock() {
    std::error_code error;
    fs::create_directories(options_.directory, error);
    const fs::path path = options_.directory / "LOCK";
    lock_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock_ < 0) return SystemError("cannot create", path);
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        return absl::AlreadyExistsError(fmt::format(
            "spool: {} is in use by another collector; give each its own spool.path",
            options_.directory.string()
        ));
    }
    return OkStatus();
}

Status Spool::Recover(SpoolRecovery& recovery) {
    const fs::path floor = options_.directory / "acked";
    floor_ = open(floor.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (floor_ < 0) return SystemError("cannot create", floor);
    struct {
        uint64_t sequence = 0;
        uint64_t crc = 0;
    } mark;
    if (pread(floor_, &mark, sizeof(mark), 0) == sizeof(mark)) {
        const std::string_view bytes(reinterpret_cast<const char*>(&mark.sequence), 8);
        // A torn mark costs nothing but repeats.
        if (Crc32c(bytes) == mark.crc) trimmed_ = mark.sequence;
    }

    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(options_.directory)) {
        if (SequenceOfName(entry.path())) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    next_ = trimmed_ + 1;
    for (const fs::path& path : paths) {
        auto segment = Scan(path, recovery);
        if (!segment.ok()) return segment.status();
        next_ = std::max(next_, segment->last + 1);
        bytes_ += segment->bytes;
        segments_.push_back(*segment);
    }
    Trim(trimmed_);
    return OkStatus();
}

Result<Spool::Segment> Spool::Scan(const fs::path& path, SpoolRecovery& recovery) {
    auto bytes = ReadWhole(path);
    if (!bytes.ok()) return bytes.status();
    Segment segment;
    segment.first = SequenceOfName(path).value_or(0);
    segment.bytes = bytes->size();

    std::string_view rest(*bytes);
    while (!rest.empty()) {
        if (const auto parsed = ParseRecord(rest)) {
            segment.last = parsed->record.sequence;
            if (segment.last > trimmed_) ++recovery.records;
            rest.remove_prefix(parsed->size);
            continue;
        }
        const size_t skip = SkipDamaged(rest).value_or(rest.size());
        ++recovery.damaged;
        recovery.damaged_bytes += skip;
        recovery.notes.push_back(fmt::format(
            "{}: {} unreadable bytes at offset {} (never completely written, or damaged since)",
            path.filename().string(),
            skip,
            bytes->size() - rest.size()
        ));
        rest.remove_prefix(skip);
    }
    return segment;
}

Status Spool::StartSegment() {
    Segment segment;
    segment.first = next_;
    const fs::path path = PathOf(segment.first);
    // An older file of this name can only hold what was unreadable: no record moved `next_` past
    // it.
    segment.file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    if (segment.file < 0) return SystemError("cannot create", path);
    std::erase_if(segments_, [&](const Segment& old) {
        if (old.first != segment.first) return false;
        bytes_ -= old.bytes;
        if (old.file >= 0) close(old.file);
        return true;
    });
    if (!segments_.empty() && segments_.back().file >= 0) {
        close(segments_.back().file);
        segments_.back().file = -1;
    }
    segments_.push_back(segment);
    return OkStatus();
}

fs::path Spool::PathOf(uint64_t first) const {
    return options_.directory / fmt::format("{:020}{}", first, kSuffix);
}

Result<uint64_t> Spool::Append(
    RecordKind kind, std::string_view subject, std::string_view payload
) {
    const size_t size = kRecordHeaderBytes + subject.size() + payload.size();
    if (size > kMaxRecordBytes || subject.size() > UINT16_MAX) {
        return absl::InvalidArgumentError(fmt::format("spool: a record of {} bytes", size));
    }
    const uint64_t reserve = kind == RecordKind::kClaim ? options_.claim_reserve_bytes : 0;
    if (bytes_ + size > options_.max_bytes + reserve) {
        return absl::ResourceExhaustedError("spool: full");
    }
    if (segments_.back().bytes > 0 && segments_.back().bytes + size > options_.segment_bytes) {
        MP_RETURN_IF_ERROR(StartSegment());
    }

    Segment& segment = segments_.back();
    const std::string header = EncodeRecordHeader({next_, kind, subject, payload});
    const auto part = [](std::string_view text) {
        return iovec{const_cast<char*>(text.data()), text.size()};
    };
    const iovec parts[] = {part(header), part(subject), part(payload)};
    const ssize_t written = writev(segment.file, parts, 3);
    if (written != static_cast<ssize_t>(size)) {
        const Status status = written < 0 ? SystemError("cannot write", PathOf(segment.first))
                                          : absl::ResourceExhaustedError("spool: the disk is full");
        Retreat();
        return absl::ResourceExhaustedError(status.message());
    }
    segment.bytes += size;
    segment.last = next_;
    bytes_ += size;
    return next_++;
}

// After a write that failed: whatever arrived of it must not stand before the next record, and a
// file that is written no more can be given back to a full disk once its records are done.
void Spool::Retreat() {
    const Segment& segment = segments_.back();
    const bool cut = ftruncate(segment.file, static_cast<off_t>(segment.bytes)) == 0;
    if (cut && segment.bytes == 0) return;
    // Where this fails, the next failed write tries again.
    if (StartSegment().ok()) Trim(trimmed_);
}

void Spool::Trim(uint64_t sequence) {
    while (!segments_.empty() && segments_.front().file < 0 && segments_.front().last <= sequence) {
        std::error_code ignored;
        fs::remove(PathOf(segments_.front().first), ignored);
        bytes_ -= segments_.front().bytes;
        segments_.pop_front();
    }
    if (sequence <= trimmed_) return;
    trimmed_ = sequence;
    struct {
        uint64_t sequence;
        uint64_t crc;
    } mark{sequence, Crc32c({reinterpret_cast<const char*>(&sequence), 8})};
    // Where this fails the next start repeats a little more; nothing is lost.
    [[maybe_unused]] const ssize_t written = pwrite(floor_, &mark, sizeof(mark), 0);
}

// The segment that holds the next record; nothing when all has been read.
const Spool::Segment* Spool::Cursor::Current() {
    for (const Segment& segment : spool_->segments_) {
        if (segment.last <= sequence_) continue;
        if (segment.first != segment_) {
            if (segment.first < segment_) continue;
            segment_ = segment.first;
            position_ = 0;
            buffer_.clear();
        }
        if (position_ < segment.bytes) return &segment;
    }
    return nullptr;
}

// At least `want` bytes from position_ on, or all that the segment has.
Result<std::string_view> Spool::Cursor::Window(const Segment& segment, uint64_t want) {
    want = std::min(want, segment.bytes - position_);
    if (position_ < buffer_at_ || position_ + want > buffer_at_ + buffer_.size()) {
        const fs::path path = spool_->PathOf(segment.first);
        const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) return SystemError("cannot open", path);
        buffer_.resize(want);
        const ssize_t got = pread(file, buffer_.data(), want, static_cast<off_t>(position_));
        close(file);
        if (got != static_cast<ssize_t>(want)) return SystemError("cannot read", path);
        buffer_at_ = position_;
    }
    return std::string_view(buffer_).substr(position_ - buffer_at_);
}

Result<std::optional<SpoolRecord>> Spool::Cursor::Next() {
    uint64_t want = kReadChunk;
    while (const Segment* segment = Current()) {
        const auto window = Window(*segment, want);
        if (!window.ok()) return window.status();
        if (const auto parsed = ParseRecord(*window)) {
            position_ += parsed->size;
            if (parsed->record.sequence <= sequence_) continue;
            sequence_ = parsed->record.sequence;
            last_size_ = parsed->size;
            return parsed->record;
        }
        if (want < segment->bytes - position_) {
            want = segment->bytes;
            continue;
        }
        position_ += SkipDamaged(*window).value_or(window->size());
    }
    return std::nullopt;
}

void Spool::Cursor::Undo() {
    position_ -= last_size_;
    --sequence_;
}

void Spool::Cursor::MoveToEnd() {
    sequence_ = spool_->last();
    segment_ = spool_->segments_.back().first;
    position_ = spool_->segments_.back().bytes;
    buffer_.clear();
}

}  // namespace mp::collector
