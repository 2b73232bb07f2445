#pragma once
// Memory for messages that cannot be viewed where they were received: joined fragments and inflated
// ones. Items keep their place until Clear(); one item at a time grows at the end.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace mp::net {

class MessageArena {
  public:
    // Forgets all items. Keeps memory for the next ones, but not what one burst needed.
    void Clear();

    void BeginItem() { item_size_ = 0; }
    // Free space behind the item, at least one byte; may move the item, not the finished ones.
    std::span<char> Room();
    // The first `size` bytes of the room belong to the item now.
    void Grow(size_t size) { item_size_ += size; }
    size_t item_size() const { return item_size_; }
    std::string_view EndItem();

    void Append(std::string_view text);

  private:
    static constexpr size_t kBlockBytes = 64u << 10;
    static constexpr size_t kKeepBytes = 1u << 20;

    struct Block {
        std::unique_ptr<char[]> data;
        size_t capacity;
    };

    std::vector<Block> blocks_;  // the last one is in use
    size_t used_ = 0;            // finished items in the last block
    size_t item_size_ = 0;       // behind them
};

}  // namespace mp::net
