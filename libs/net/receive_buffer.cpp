#include "net/receive_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace mp::net {

std::span<char> ReceiveBuffer::Room(size_t wanted) {
    const size_t size = end_ - begin_;
    const size_t least_room = initial_ / 4;
    if (capacity_ == 0 || (capacity_ > kKeepBytes && size < initial_ / 2 && wanted <= initial_)) {
        MoveTo(initial_);
    } else if (begin_ > 0) {
        std::memmove(memory_.get(), memory_.get() + begin_, size);
        begin_ = 0;
        end_ = size;
    }
    if (capacity_ - end_ < std::max<size_t>(least_room, 1) && wanted + least_room > capacity_) {
        MoveTo(std::max(std::min(2 * capacity_, wanted + least_room), capacity_ + least_room));
    }
    if (end_ == capacity_) MoveTo(2 * capacity_);
    return {memory_.get() + end_, capacity_ - end_};
}

void ReceiveBuffer::Append(std::string_view text) {
    while (!text.empty()) {
        const std::span<char> room = Room(data().size() + text.size());
        const size_t size = std::min(room.size(), text.size());
        std::memcpy(room.data(), text.data(), size);
        Received(size);
        text.remove_prefix(size);
    }
}

void ReceiveBuffer::MoveTo(size_t capacity) {
    auto memory = std::make_unique_for_overwrite<char[]>(capacity);
    const size_t size = end_ - begin_;
    if (size > 0) std::memcpy(memory.get(), memory_.get() + begin_, size);
    memory_ = std::move(memory);
    capacity_ = capacity;
    begin_ = 0;
    end_ = size;
}

}  // namespace mp::net
