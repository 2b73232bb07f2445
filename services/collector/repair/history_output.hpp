#pragma once
// Events that came by REST, and claims about them, on their way out: beside the lanes of streams,
// so that it is known at once whether the spool has taken them. A claim put behind its events
// leaves behind them. One executor's thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "collector/metrics.hpp"
#include "collector/publish/outbox.hpp"
#include "model/coverage.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::collector {

class HistoryOutput {
  public:
    // All outlive it. `shards` is read with each call.
    HistoryOutput(
        Outbox& outbox, CollectorMetrics& metrics, std::string producer, const uint32_t& shards
    );

    // All events are of one type. Not OK: the spool has not taken all of them.
    Status PutEvents(const model::Instrument& instrument, std::span<const model::Event> events);
    Status PutClaim(
        const model::Instrument& instrument, model::DataType type, const model::CoverageSpan& claim
    );

  private:
    Outbox& outbox_;
    CollectorMetrics& metrics_;
    const std::string producer_;
    const uint32_t& shards_;
    telemetry::CounterFamily events_;
    telemetry::CounterFamily claims_;
    std::string batch_;
};

}  // namespace mp::collector
