#pragma once
// W3C trace context: what ties together the logs of one request across services. A plain value,
// carried in the header `traceparent` over HTTP, gRPC and the bus.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mp::telemetry {

inline constexpr std::string_view kTraceParentHeader = "traceparent";

class TraceContext {
  public:
    // A new trace, sampled. Thread-safe.
    static TraceContext Generate();
    // "00-<32 hex>-<16 hex>-<2 hex>"; nothing when malformed or all zero. Versions above 00 are
    // read by their first four fields, as the standard asks.
    static std::optional<TraceContext> Parse(std::string_view traceparent);
    // The caller's trace where it sent a valid one, else a new one; a new span either way.
    static TraceContext Continue(std::string_view traceparent);

    // The same trace, a new span.
    TraceContext Child() const;

    std::string ToTraceParent() const;
    std::string trace_id() const;  // 32 hex digits
    std::string span_id() const;   // 16 hex digits
    bool sampled() const { return (flags_ & 1) != 0; }

    friend bool operator==(const TraceContext&, const TraceContext&) = default;

  private:
    TraceContext() = default;

    std::array<uint8_t, 16> trace_id_{};
    std::array<uint8_t, 8> span_id_{};
    uint8_t flags_ = 1;
};

}  // namespace mp::telemetry
