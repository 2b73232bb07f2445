#include "net/inflater.hpp"

#include <algorithm>
#include <cstdlib>

namespace mp::net {
namespace {

// The peer left off these last bytes of a flushed deflate block.
constexpr std::string_view kTail("\x00\x00\xff\xff", 4);

}  // namespace

Inflater::Inflater(bool keep_context) : keep_context_(keep_context) {
    // Raw deflate with the largest window reads every smaller one.
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) std::abort();
}

Inflater::~Inflater() {
    inflateEnd(&stream_);
}

Inflater::Outcome Inflater::Inflate(
    std::string_view message, size_t max_bytes, MessageArena& arena
) {
    Outcome outcome = Feed(message, max_bytes, arena);
    if (outcome == Outcome::kOk) outcome = Feed(kTail, max_bytes, arena);
    if (!keep_context_) inflateReset(&stream_);
    return outcome;
}

Inflater::Outcome Inflater::Feed(std::string_view piece, size_t max_bytes, MessageArena& arena) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    for (;;) {
        const std::span<char> room = arena.Room();
        const auto offered = static_cast<uInt>(std::min<size_t>(room.size(), 1u << 30));
        stream_.next_out = reinterpret_cast<Bytef*>(room.data());
        stream_.avail_out = offered;
        const int result = inflate(&stream_, Z_SYNC_FLUSH);
        arena.Grow(offered - stream_.avail_out);
        if (arena.item_size() > max_bytes) return Outcome::kTooBig;
        if (result == Z_STREAM_END) {
            // A final block inside a message: legal; what follows begins a new stream.
            inflateReset(&stream_);
            if (stream_.avail_in == 0) return Outcome::kOk;
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return Outcome::kCorrupt;
        } else if (stream_.avail_out > 0) {
            return stream_.avail_in == 0 ? Outcome::kOk : Outcome::kCorrupt;
        }
    }
}

}  // namespace mp::net
