#pragma once
// A column of numbers as protobuf packs sint64. Not thread-safe.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "wire/varint.hpp"

namespace mp::wire {

class NumberColumn {
  public:
    void Put(int64_t value) {
        if (bytes_.size() - size_ < kMaxVarint + kWriteSlack) {
            bytes_.resize(std::max(kFirstBytes, 2 * bytes_.size()));
        }
        char* const end = WriteVarint(bytes_.data() + size_, ZigZag(value));
        size_ = static_cast<size_t>(end - bytes_.data());
    }
    // Valid until the next Put.
    std::string_view bytes() const { return {bytes_.data(), size_}; }
    void Clear() { size_ = 0; }

  private:
    static constexpr size_t kFirstBytes = 4096;

    std::vector<char> bytes_;  // the first size_ are in use
    size_t size_ = 0;
};

// Looks into the bytes until the last number.
class NumberReader {
  public:
    void Begin(std::string_view bytes) {
        p_ = bytes.data();
        end_ = p_ + bytes.size();
    }
    bool empty() const { return p_ == end_; }
    // False at the end, and where the bytes are no number.
    bool Next(int64_t& value) {
        uint64_t raw = 0;
        if (p_ == end_) return false;
        const char* const next = ReadVarint(p_, end_, raw);
        if (next == nullptr) return false;
        p_ = next;
        value = UnZigZag(raw);
        return true;
    }

  private:
    const char* p_ = nullptr;
    const char* end_ = nullptr;
};

// Differences and sums of them wrap around.
constexpr int64_t Difference(int64_t value, int64_t before) {
    return static_cast<int64_t>(static_cast<uint64_t>(value) - static_cast<uint64_t>(before));
}
constexpr int64_t Sum(int64_t before, int64_t difference) {
    return static_cast<int64_t>(static_cast<uint64_t>(before) + static_cast<uint64_t>(difference));
}

}  // namespace mp::wire
