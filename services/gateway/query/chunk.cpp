#include "gateway/query/chunk.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace mp::gateway {

using marketprism::v1::CoverageReport;
using marketprism::v1::EventChunk;

Result<ChunkTail> ReadTail(std::string_view chunk) {
    using google::protobuf::internal::WireFormatLite;
    google::protobuf::io::CodedInputStream in(
        reinterpret_cast<const uint8_t*>(chunk.data()), static_cast<int>(chunk.size())
    );
    ChunkTail tail;
    for (uint32_t tag = in.ReadTag(); tag != 0; tag = in.ReadTag()) {
        bool ok = false;
        switch (WireFormatLite::GetTagFieldNumber(tag)) {
            case EventChunk::kNextCursorFieldNumber:
                ok = WireFormatLite::ReadString(&in, &tail.next_cursor);
                break;
            case EventChunk::kCoverageFieldNumber: {
                std::string bytes;
                ok = WireFormatLite::ReadBytes(&in, &bytes) &&
                     tail.coverage.emplace().ParseFromString(bytes);
                break;
            }
            case EventChunk::kSeriesCoverageFieldNumber: {
                std::string bytes;
                ok = WireFormatLite::ReadBytes(&in, &bytes) &&
                     tail.series.emplace_back().ParseFromString(bytes);
                break;
            }
            default:
                ok = WireFormatLite::SkipField(&in, tag);
        }
        if (!ok) return absl::InvalidArgumentError("malformed EventChunk");
    }
    if (!in.ConsumedEntireMessage()) return absl::InvalidArgumentError("malformed EventChunk");
    return tail;
}

}  // namespace mp::gateway
