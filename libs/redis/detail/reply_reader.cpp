#include "redis/detail/reply_reader.hpp"

#include <hiredis/hiredis.h>
#include <new>
#include <string>
#include <utility>

namespace mp::redis::detail {
namespace {

struct FreeReply {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

Reply Convert(const redisReply& reply) {
    switch (reply.type) {
        case REDIS_REPLY_INTEGER:
            return {int64_t{reply.integer}};
        case REDIS_REPLY_STATUS:
        case REDIS_REPLY_STRING:
            return {std::string(reply.str, reply.len)};
        case REDIS_REPLY_ERROR:
            return {ReplyError{std::string(reply.str, reply.len)}};
        case REDIS_REPLY_ARRAY: {
            std::vector<Reply> items;
            items.reserve(reply.elements);
            for (size_t i = 0; i < reply.elements; ++i) items.push_back(Convert(*reply.element[i]));
            return {std::move(items)};
        }
        default:
            return {};
    }
}

}  // namespace

void ReplyReader::Free::operator()(redisReader* reader) const {
    redisReaderFree(reader);
}

ReplyReader::ReplyReader(size_t max_reply_bytes)
    : max_reply_bytes_(max_reply_bytes), reader_(redisReaderCreate()) {
    if (reader_ == nullptr) throw std::bad_alloc();
}

// What goes wrong here is remembered by the parser, and Next says it.
void ReplyReader::Feed(std::string_view bytes) {
    (void)redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

Result<std::optional<Reply>> ReplyReader::Next() {
    void* parsed = nullptr;
    if (redisReaderGetReply(reader_.get(), &parsed) != REDIS_OK) {
        return absl::InternalError(std::string("no reply of Redis: ") + reader_->errstr);
    }
    if (parsed == nullptr) {
        if (reader_->len - reader_->pos <= max_reply_bytes_) return std::nullopt;
        return absl::InternalError("a reply is too large");
    }
    const std::unique_ptr<redisReply, FreeReply> reply(static_cast<redisReply*>(parsed));
    return Convert(*reply);
}

}  // namespace mp::redis::detail
