#pragma once
// What brings the stream into the store, as the rest of the service sees it.

#include <cstdint>

#include "base/status.hpp"
#include "base/time.hpp"
#include "runtime/task.hpp"

namespace mp::storage {

class StreamReader {
  public:
    virtual ~StreamReader() = default;

    // Until cancelled; then the batches at hand are still committed.
    virtual Task<Status> Run() = 0;

    // Of the stream read; 0 before the first one.
    virtual Nanos incarnation() const = 0;
    // Everything up to this sequence is committed; this and the next one from any thread.
    virtual uint64_t floor() const = 0;
    // Nothing is missing between what is committed.
    virtual bool settled() const = 0;
    // Why nothing is consumed; OK while it is.
    virtual const Status& state() const = 0;
};

}  // namespace mp::storage
