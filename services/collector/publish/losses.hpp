#pragma once
// What was collected and could not be kept: every loss becomes a gap, and shows in /health for some
// seconds. One executor's thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "collector/feed/series.hpp"
#include "collector/metrics.hpp"
#include "collector/publish/outbox.hpp"

namespace mp::collector {

class Losses {
  public:
    // Everything outlives it; `shards` is read with each loss.
    Losses(
        SeriesTable& series,
        Outbox& outbox,
        const CollectorMetrics& metrics,
        std::string instance,
        const uint32_t& shards
    );

    // The full spool did not take a batch that held events of these.
    void OnDropped(std::span<const SeriesId> series, const Status& why);
    // The broker will never take a batch with these; it is put aside. Says so behind the batches
    // that are older, ahead of the claims that are cut by it.
    void OnPoisoned(std::span<const LostEvents> lost);

    // Whether the last one was a while ago.
    bool spool_has_room() const;
    bool all_publishable() const;

  private:
    void Lose(SeriesId id, std::string_view reason);

    SeriesTable& series_;
    Outbox& outbox_;
    const CollectorMetrics& metrics_;
    const std::string instance_;
    const uint32_t& shards_;
    Nanos full_until_ = 0;      // steady
    Nanos poisoned_until_ = 0;  // steady
};

}  // namespace mp::collector
