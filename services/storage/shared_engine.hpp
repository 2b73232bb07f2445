#pragma once
// A store that several instances share. It is made of lanes, one a shard of the stream; each lane
// has one writer at a time, and everybody answers queries about all of them.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "storage/engine.hpp"

namespace mp::storage {

// One lane. What this instance does not write it follows: each query looks first at what the writer
// has committed. Calls that write, or that need what only the writer knows, are FailedPrecondition
// then, and Aborted from the moment on that another writer turns up.
class LaneEngine : public Engine {
  public:
    // The last writer, where it has not said that it ended; else empty.
    virtual Result<std::string> Unresigned() const = 0;
    // Whether this instance writes at this moment.
    virtual bool Leads() const = 0;
    // This instance writes from here on. Before that the one before must surely write no more.
    virtual Status Lead(std::string_view writer) = 0;
    // Nothing is written beyond this, whatever goes on then; leading is over by that.
    virtual void WriteUntil(Deadline deadline) = 0;
    // Leads no more, and says so to the next one.
    virtual Status Resign() = 0;
};

// Events are appended to lanes; all the rest works across them. What changes a lane that another
// instance writes to is asked of that one, and waited for.
class SharedEngine : public Engine {
  public:
    virtual uint32_t lanes() const = 0;
    virtual LaneEngine& lane(uint32_t number) = 0;
    // Does what others ask of the lanes that are written from here; how much that was.
    virtual Result<size_t> Serve() = 0;
};

}  // namespace mp::storage
