#pragma once
// Chunks of a query's answer as the lines that REST gives for them. Not thread-safe.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "model/instrument.hpp"
#include "rows/lines.hpp"
#include "wire/batch.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {

class EventLines {
  public:
    EventLines(rows::LineFormat format, model::DataType type);

    // What stands before the first line.
    std::string Head() const;
    // Replaces `out` by the lines of a chunk (bytes of an EventChunk).
    Status Write(std::string_view chunk, std::string& out);

    uint64_t rows() const { return rows_; }
    Nanos first() const { return first_; }  // order_ts, where there are rows
    Nanos last() const { return last_; }

  private:
    const rows::LineFormat format_;
    const std::vector<std::string_view> columns_;
    wire::BatchReader reader_;
    wire::EventDecoder decoder_;
    std::string array_;
    uint64_t rows_ = 0;
    Nanos first_ = 0;
    Nanos last_ = 0;
};

}  // namespace mp::storage
