#pragma once
// Coverage on its way into batches, one lane a subject. Claims are published only once the data
// that was flushed before them is safe (Outbox). One executor's thread.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "collector/coverage/finding.hpp"
#include "collector/metrics.hpp"
#include "collector/publish/lanes.hpp"
#include "model/event.hpp"
#include "wire/batch.hpp"

namespace mp::collector {

using ClaimLaneId = uint32_t;

// The coverage event that says so. `finding` and `source` outlive it.
model::Event CoverageEvent(
    model::DataType type, const Finding& finding, std::string_view source, Nanos now
);

class ClaimWriter {
  public:
    // `lanes` and `metrics` outlive it.
    ClaimWriter(Lanes& lanes, const CollectorMetrics& metrics, std::string producer)
        : lanes_(lanes), metrics_(metrics), producer_(std::move(producer)) {}

    ClaimLaneId Find(const std::string& subject);

    // `instrument` and `source` hold until Send.
    void Add(
        ClaimLaneId lane,
        const model::Instrument& instrument,
        model::DataType type,
        const Finding& finding,
        std::string_view source,
        Nanos now
    );
    // All that was added. Where even claims do not fit into the spool any more, they are dropped
    // and counted: what is not claimed is a gap.
    size_t Send();

  private:
    struct Lane {
        Lane(std::string text, const std::string& producer)
            : subject(std::move(text)), builder(producer) {}

        std::string subject;
        wire::BatchBuilder builder;
    };

    Lanes& lanes_;
    const CollectorMetrics& metrics_;
    const std::string producer_;
    std::deque<Lane> all_;
    std::unordered_map<std::string, ClaimLaneId> by_subject_;
    std::string batch_;
};

}  // namespace mp::collector
