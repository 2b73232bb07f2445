#pragma once
// Inflates the messages of permessage-deflate (RFC 7692).

#include <string_view>
#include <zlib.h>

#include "net/message_arena.hpp"

namespace mp::net {

class Inflater {
  public:
    // `keep_context`: the window spans messages, so each must be inflated in its order.
    explicit Inflater(bool keep_context);
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    enum class Outcome : uint8_t { kOk, kCorrupt, kTooBig };
    // Appends the whole inflated message to the arena's current item. After anything but kOk the
    // object is of no use.
    Outcome Inflate(std::string_view message, size_t max_bytes, MessageArena& arena);

  private:
    Outcome Feed(std::string_view piece, size_t max_bytes, MessageArena& arena);

    const bool keep_context_;
    z_stream stream_{};
};

}  // namespace mp::net
