#pragma once
// What a question takes along on its way through the services: how long it may take, and which
// request it belongs to.

#include <optional>

#include "base/deadline.hpp"
#include "telemetry/trace.hpp"

namespace mp::gateway {

struct RequestContext {
    Deadline deadline;
    std::optional<telemetry::TraceContext> trace = {};  // none: of nobody's request

    // NOLINTNEXTLINE(google-explicit-constructor): a deadline alone is a context
    RequestContext(Deadline a_deadline) : deadline(a_deadline) {}
    RequestContext(Deadline a_deadline, const telemetry::TraceContext& a_trace)
        : deadline(a_deadline), trace(a_trace) {}
};

}  // namespace mp::gateway
