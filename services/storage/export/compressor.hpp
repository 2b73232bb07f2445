#pragma once
// Bytes on their way into a file, packed as `gunzip` and `unzstd` unpack them. Memory does not grow
// with what passes. Not thread-safe.

#include <memory>
#include <string_view>

#include "base/status.hpp"
#include "storage/byte_sink.hpp"
#include "storage/export/export_order.hpp"

namespace mp::storage {

class Compressor {
  public:
    virtual ~Compressor() = default;
    virtual Status Write(std::string_view bytes) = 0;
    // Hands out what is still held back; the end.
    virtual Status Finish() = 0;
};

std::unique_ptr<Compressor> MakeCompressor(Compression compression, ByteSink sink);

}  // namespace mp::storage
