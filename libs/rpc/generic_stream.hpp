#pragma once
// A server-streaming call named at run time whose messages stay bytes. Only rpc::Client uses it.

#include <grpcpp/channel.h>
#include <memory>
#include <string>

#include "rpc/byte_buffer.hpp"
#include "rpc/client_stream.hpp"

namespace mp::rpc::detail {

// `method` is the full name: "/marketprism.v1.StorageService/QueryEvents".
RawClientStream OpenGeneric(
    const Dispatcher& dispatcher,
    const std::shared_ptr<grpc::Channel>& channel,
    const std::string& method,
    grpc::ByteBuffer request,
    const CallOptions& options
);

}  // namespace mp::rpc::detail
