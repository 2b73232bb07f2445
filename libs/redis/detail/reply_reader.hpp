#pragma once
// Bytes of a connection to replies, by hiredis' parser. One owner, no I/O.

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/status.hpp"
#include "redis/reply.hpp"

struct redisReader;

namespace mp::redis::detail {

class ReplyReader {
  public:
    // A reply of more bytes than that is an error.
    explicit ReplyReader(size_t max_reply_bytes);

    void Feed(std::string_view bytes);
    // The next whole reply; nothing where more bytes are needed. Internal once the bytes make no
    // sense: the connection is of no use any more.
    Result<std::optional<Reply>> Next();

  private:
    struct Free {
        void operator()(redisReader* reader) const;
    };

    const size_t max_reply_bytes_;
    const std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace mp::redis::detail
