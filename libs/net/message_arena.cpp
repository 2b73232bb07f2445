#include "net/message_arena.hpp"

#include <algorithm>
#include <cstring>

namespace mp::net {

void MessageArena::Clear() {
    used_ = 0;
    item_size_ = 0;
    if (blocks_.size() > 1) blocks_.erase(blocks_.begin(), blocks_.end() - 1);
    if (!blocks_.empty() && blocks_.back().capacity > kKeepBytes) blocks_.clear();
}

std::span<char> MessageArena::Room() {
    if (blocks_.empty() || used_ + item_size_ == blocks_.back().capacity) {
        const size_t capacity = std::max(kBlockBytes, 2 * item_size_);
        Block block{std::make_unique_for_overwrite<char[]>(capacity), capacity};
        if (item_size_ > 0) {
            std::memcpy(block.data.get(), blocks_.back().data.get() + used_, item_size_);
        }
        blocks_.push_back(std::move(block));
        used_ = 0;
    }
    const size_t end = used_ + item_size_;
    return {blocks_.back().data.get() + end, blocks_.back().capacity - end};
}

std::string_view MessageArena::EndItem() {
    if (blocks_.empty()) return {};
    const std::string_view item(blocks_.back().data.get() + used_, item_size_);
    used_ += item_size_;
    item_size_ = 0;
    return item;
}

void MessageArena::Append(std::string_view text) {
    while (!text.empty()) {
        const std::span<char> room = Room();
        const size_t size = std::min(room.size(), text.size());
        std::memcpy(room.data(), text.data(), size);
        Grow(size);
        text.remove_prefix(size);
    }
}

}  // namespace mp::net
