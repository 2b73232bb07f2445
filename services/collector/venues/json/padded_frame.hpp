#pragma once
// A copy of one message with room behind it, so that readers may look further than it goes.

#include <cstring>
#include <string_view>
#include <vector>

namespace mp::collector::json {

class PaddedFrame {
  public:
    // Bytes behind the text that may be read; they are 0.
    static constexpr size_t kPadding = 64;

    PaddedFrame() : buffer_(64 << 10) {}

    // The copy; holds until the next call. Does not allocate once the buffer has grown.
    std::string_view Load(std::string_view frame) noexcept {
        if (frame.size() + kPadding > buffer_.size()) buffer_.resize(frame.size() * 2 + kPadding);
        std::memcpy(buffer_.data(), frame.data(), frame.size());
        std::memset(buffer_.data() + frame.size(), 0, kPadding);
        return {buffer_.data(), frame.size()};
    }

    // Where the copy begins, and how much may be read from there.
    const char* data() const noexcept { return buffer_.data(); }
    size_t capacity() const noexcept { return buffer_.size(); }

  private:
    std::vector<char> buffer_;
};

}  // namespace mp::collector::json
