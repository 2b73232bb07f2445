#pragma once
// A venue's checksum of a book. One per book: it may keep what it computed last. Not thread-safe.

#include <cstdint>

#include "model/order_book.hpp"

namespace mp::collector {

class BookChecksum {
  public:
    virtual ~BookChecksum() = default;

    // Of the book as it stands.
    virtual uint32_t Of(const model::OrderBook& book) = 0;
};

}  // namespace mp::collector
