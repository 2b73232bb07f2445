#pragma once
// Segment files of a raw capture: JSON lines, compressed block by block. Each block is a zstd frame
// of its own with a checksum, so a file that ends in the middle of one (a crash) gives everything
// before it, and `zstdcat` reads them. A segment is full at a size or an age; the oldest ones go
// when all together are too large. Blocks of its thread; one writer a folder.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"

struct ZSTD_CCtx_s;

namespace mp::collector {

class SegmentWriter {
  public:
    struct Config {
        std::filesystem::path path;  // a folder
        uint64_t segment_bytes = uint64_t{64} << 20;
        Duration segment_age = std::chrono::minutes(15);
        uint64_t max_bytes = uint64_t{20} << 30;
        int level = 3;
    };

    explicit SegmentWriter(Config config);
    ~SegmentWriter();
    SegmentWriter(const SegmentWriter&) = delete;
    SegmentWriter& operator=(const SegmentWriter&) = delete;

    // Appends a block of whole lines. Not OK: nothing of it is in the file.
    Status Write(std::string_view lines, Nanos now);
    // The segment at hand is complete.
    void Close();

    uint64_t bytes() const { return bytes_; }  // of all segments
    size_t segments() const { return segments_.size(); }

  private:
    struct Segment {
        std::filesystem::path file;
        uint64_t bytes = 0;
    };
    struct FreeContext {
        void operator()(ZSTD_CCtx_s* context) const;
    };

    Status Prepare();
    Status Begin(Nanos now);
    Status Append(std::string_view frame);
    void DropOldest();

    const Config config_;
    std::unique_ptr<ZSTD_CCtx_s, FreeContext> context_;
    std::string frame_;
    bool prepared_ = false;
    std::deque<Segment> segments_;  // oldest first; the last one is at hand while file_ is open
    uint64_t bytes_ = 0;
    int file_ = -1;
    Nanos begun_ = 0;
};

}  // namespace mp::collector
