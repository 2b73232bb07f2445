#include "rpc/byte_buffer.hpp"

#include <grpcpp/support/slice.h>
#include <memory>
#include <utility>
#include <vector>

namespace mp::rpc {
namespace {

// Below this a copy is cheaper than a second owner.
constexpr size_t kCopyBytes = 512;

void DeleteString(void* text) {
    delete static_cast<std::string*>(text);
}

}  // namespace

grpc::ByteBuffer ToByteBuffer(std::string bytes) {
    if (bytes.size() <= kCopyBytes) {
        const grpc::Slice slice(bytes);
        return {&slice, 1};
    }
    auto owner = std::make_unique<std::string>(std::move(bytes));
    void* const data = owner->data();
    const size_t size = owner->size();
    const grpc::Slice slice(data, size, DeleteString, owner.release());
    return {&slice, 1};
}

grpc::ByteBuffer ToByteBuffer(const google::protobuf::MessageLite& message) {
    const grpc::Slice slice(message.ByteSizeLong());
    // Fresh memory that nobody else has seen yet.
    message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
    return {&slice, 1};
}

std::string ToString(const grpc::ByteBuffer& buffer) {
    std::string out;
    std::vector<grpc::Slice> slices;
    if (!buffer.Dump(&slices).ok()) return out;
    out.reserve(buffer.Length());
    for (const grpc::Slice& slice : slices) {
        out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return out;
}

Status Parse(const grpc::ByteBuffer& buffer, google::protobuf::MessageLite& message) {
    grpc::Slice slice;
    const bool whole = buffer.TrySingleSlice(&slice).ok() || buffer.DumpToSingleSlice(&slice).ok();
    if (!whole || !message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
        return absl::InvalidArgumentError("not a " + message.GetTypeName());
    }
    return OkStatus();
}

}  // namespace mp::rpc
