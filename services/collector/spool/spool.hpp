#pragma once
// What has been received but not yet acknowledged by the broker, on disk: append-only segment files
// in one directory, bounded, trimmed from the front. It survives `kill -9` of this process (page
// cache, no fsync: a power cut can cost the last seconds) and comes back in order.
//
// A directory belongs to one process at a time. Used from one thread; calls write to the page cache
// and return, they do not wait for a disk.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "collector/spool/record.hpp"

namespace mp::collector {

struct SpoolOptions {
    std::filesystem::path directory;
    uint64_t max_bytes = uint64_t{1} << 30;            // data records beyond this are refused
    uint64_t segment_bytes = uint64_t{8} << 20;        // a file is closed at this size
    uint64_t claim_reserve_bytes = uint64_t{8} << 20;  // room above max_bytes for claims
};

// What Open found from an earlier life.
struct SpoolRecovery {
    uint64_t records = 0;  // intact and not acknowledged: to be published again
    uint64_t damaged = 0;  // places where bytes were unreadable
    uint64_t damaged_bytes = 0;
    std::vector<std::string> notes;  // one sentence a damaged place
};

class Spool {
    struct Segment {
        uint64_t first = 0;  // no record in it is lower; also its name
        uint64_t last = 0;   // 0: empty
        uint64_t bytes = 0;
        int file = -1;  // of the segment being written
    };

  public:
    // AlreadyExists where another process holds the directory, else what the file system says.
    static Result<std::unique_ptr<Spool>> Open(SpoolOptions options, SpoolRecovery& recovery);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    // The sequence of the new record. ResourceExhausted when the spool is full; nothing was
    // written.
    Result<uint64_t> Append(RecordKind kind, std::string_view subject, std::string_view payload);

    // Everything up to and including `sequence` is done and may be forgotten.
    void Trim(uint64_t sequence);

    uint64_t trimmed() const { return trimmed_; }  // highest sequence that is done
    uint64_t last() const { return next_ - 1; }    // highest sequence ever given
    uint64_t bytes() const { return bytes_; }

    // Reads intact records in order, also those appended after it was made; damaged ones are passed
    // over. Lives no longer than the spool. Records that it has not read yet must not be trimmed.
    class Cursor {
      public:
        // The next record, with views that hold until the next call; nothing at the end.
        Result<std::optional<SpoolRecord>> Next();
        // Gives the last record again with the next call. Once between two calls of Next.
        void Undo();
        // Goes behind everything appended so far without reading it.
        void MoveToEnd();

      private:
        friend class Spool;
        Cursor(Spool& spool, uint64_t after) : spool_(&spool), sequence_(after) {}
        const Segment* Current();
        Result<std::string_view> Window(const Segment& segment, uint64_t want);

        Spool* spool_;
        uint64_t sequence_;       // of the last record given
        uint64_t segment_ = 0;    // `first` of the segment being read
        uint64_t position_ = 0;   // of the next record in it
        uint64_t last_size_ = 0;  // of the record given last
        std::string buffer_;      // file bytes from buffer_at_ on
        uint64_t buffer_at_ = 0;
    };
    Cursor ReadAfter(uint64_t sequence) { return Cursor(*this, sequence); }

  private:
    explicit Spool(SpoolOptions options) : options_(std::move(options)) {}
    Status Lock();
    Status Recover(SpoolRecovery& recovery);
    Result<Segment> Scan(const std::filesystem::path& path, SpoolRecovery& recovery);
    Status StartSegment();
    void Retreat();
    std::filesystem::path PathOf(uint64_t first) const;

    SpoolOptions options_;
    std::deque<Segment> segments_;  // ascending; the last one is being written
    uint64_t next_ = 1;
    uint64_t trimmed_ = 0;
    uint64_t bytes_ = 0;
    int lock_ = -1;
    int floor_ = -1;  // file that holds trimmed_
};

}  // namespace mp::collector
