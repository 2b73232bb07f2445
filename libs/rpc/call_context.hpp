#pragma once
// What a server handler may know and say about its call besides the messages.

#include <grpcpp/server_context.h>
#include <string>
#include <string_view>

#include "base/deadline.hpp"

namespace mp::rpc {

class CallContext {
  public:
    CallContext(grpc::CallbackServerContext* context, std::string_view method);

    // The client's deadline; a day from now where it set none. Hand it down.
    Deadline deadline() const { return deadline_; }
    // The first value of a request header ("traceparent", "x-request-id"); empty if absent. Names
    // are lower case.
    std::string_view metadata(std::string_view name) const;
    std::string peer() const { return context_->peer(); }
    std::string_view method() const { return method_; }

    // Sent before the first message, or with the status.
    void AddInitialMetadata(std::string_view name, std::string_view value);
    void AddTrailingMetadata(std::string_view name, std::string_view value);

    grpc::CallbackServerContext& grpc() { return *context_; }

  private:
    grpc::CallbackServerContext* context_;
    std::string_view method_;
    Deadline deadline_;
};

}  // namespace mp::rpc
