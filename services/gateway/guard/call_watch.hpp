#pragma once
// Says which gRPC call was slow, with the trace that it belongs to. Lives as long as the call's
// task.

#include <chrono>
#include <string_view>

#include "telemetry/trace.hpp"

namespace mp::gateway {

class CallWatch {
  public:
    // `method` is a literal.
    CallWatch(std::string_view method, const telemetry::TraceContext& trace)
        : method_(method), trace_(trace) {}
    ~CallWatch();
    CallWatch(const CallWatch&) = delete;
    CallWatch& operator=(const CallWatch&) = delete;

  private:
    const std::string_view method_;
    const telemetry::TraceContext trace_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace mp::gateway
