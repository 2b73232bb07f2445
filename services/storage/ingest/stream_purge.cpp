#include "storage/ingest/stream_purge.hpp"

#include <algorithm>
#include <chrono>

#include "bus/topology.hpp"

namespace mp::storage {

Task<Status> StreamPurge::Purge(const bus::StreamInfo& stream, uint64_t floor) {
    const auto max_bytes = static_cast<uint64_t>(std::max<int64_t>(stream.config.max_bytes, 0));
    const uint64_t target = plan_.Target(
        DefaultClock().Steady(),
        floor,
        {stream.first_sequence, stream.messages, stream.bytes, max_bytes}
    );
    if (target == 0) co_return OkStatus();
    const auto purged = co_await bus::PurgeUpTo(
        connection_, bus::kMarketDataStream, target, Deadline::After(std::chrono::seconds(5))
    );
    if (!purged.ok()) co_return purged.status();
    metrics_.Purged(*purged);
    co_return OkStatus();
}

}  // namespace mp::storage
