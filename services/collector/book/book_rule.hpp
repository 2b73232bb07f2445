#pragma once
// How a venue's book updates follow each other. Pure; one per venue, shared by all its books.

#include <cstdint>
#include <memory>

#include "collector/book/book_checksum.hpp"
#include "model/event.hpp"

namespace mp::collector {

// Where the state comes from that deltas are applied to.
enum class BookSeed : uint8_t {
    kRest,    // asked for by REST, then bridged
    kStream,  // sent on the stream; to get another one the channel is subscribed to again
};

enum class BookStep : uint8_t {
    kApply,
    kStale,  // older than the book, or a repeat: nothing to do
    kGap,    // something is missing before it
};

class BookRule {
  public:
    virtual ~BookRule() = default;

    virtual BookSeed seed() const = 0;

    // Levels a side that the venue keeps up to date; what lies beyond is not known. 0: all of them.
    virtual uint32_t window() const { return 0; }

    // Whether best quotes carry the numbers of the updates that made them, so that both must agree.
    virtual bool numbers_quotes() const { return true; }

    // How the venue computes checksums of its books; null where it has none.
    virtual std::unique_ptr<BookChecksum> MakeChecksum() const { return nullptr; }

    // `delta` is the first one after a snapshot that ends with `snapshot_id`. kGap: the snapshot is
    // too old.
    virtual BookStep Bridge(uint64_t snapshot_id, const model::BookDelta& delta) const = 0;

    // `delta` comes after one that ended with `last_id`.
    virtual BookStep Continue(uint64_t last_id, const model::BookDelta& delta) const = 0;
};

}  // namespace mp::collector
