#pragma once
// Messages as bytes: what storage encodes by hand and the gateway relays unread.

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>
#include <string>
#include <string_view>

#include "base/status.hpp"

namespace mp::rpc {

// Takes the string over without a copy (short ones are copied into the slice itself).
grpc::ByteBuffer ToByteBuffer(std::string bytes);
grpc::ByteBuffer ToByteBuffer(const google::protobuf::MessageLite& message);

// One string of everything in the buffer.
std::string ToString(const grpc::ByteBuffer& buffer);
// InvalidArgument if the bytes are not such a message.
Status Parse(const grpc::ByteBuffer& buffer, google::protobuf::MessageLite& message);

template <class M>
Result<M> Parse(const grpc::ByteBuffer& buffer) {
    M message;
    if (Status parsed = Parse(buffer, message); !parsed.ok()) return parsed;
    return message;
}

}  // namespace mp::rpc
