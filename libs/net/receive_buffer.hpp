#pragma once
// Contiguous bytes from a socket: filled at the end, consumed at the front.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace mp::net {

class ReceiveBuffer {
  public:
    explicit ReceiveBuffer(size_t initial_bytes) : initial_(initial_bytes) {}

    // What was received and not consumed.
    std::span<char> data() const { return {memory_.get() + begin_, end_ - begin_}; }
    void Consume(size_t size) { begin_ += size; }
    // Puts bytes behind what is there.
    void Append(std::string_view text);

    // Free space to receive into, never empty. Moves the unconsumed bytes to the front and grows
    // where the unit at the front needs `wanted` bytes in all (0: unknown); memory follows what
    // really came, not what was announced. Earlier views end here.
    std::span<char> Room(size_t wanted = 0);
    void Received(size_t size) { end_ += size; }

  private:
    static constexpr size_t kKeepBytes = 1u << 20;

    void MoveTo(size_t capacity);

    const size_t initial_;
    std::unique_ptr<char[]> memory_;
    size_t capacity_ = 0;
    size_t begin_ = 0;
    size_t end_ = 0;
};

}  // namespace mp::net
