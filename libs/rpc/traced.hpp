#pragma once
// Options of a call that belongs to a trace.

#include "base/deadline.hpp"
#include "rpc/client_call.hpp"
#include "telemetry/trace.hpp"

namespace mp::rpc {

inline CallOptions Traced(Deadline deadline, const telemetry::TraceContext& trace) {
    CallOptions options{deadline};
    options.metadata.emplace_back(telemetry::kTraceParentHeader, trace.Child().ToTraceParent());
    return options;
}

}  // namespace mp::rpc
