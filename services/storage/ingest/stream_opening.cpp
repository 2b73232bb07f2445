#include "storage/ingest/stream_opening.hpp"

#include <chrono>

#include "bus/topology.hpp"
#include "storage/ingest/ingest.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

const telemetry::Logger kLog{"storage.stream"};

Deadline CallDeadline() {
    return Deadline::After(std::chrono::seconds(5));
}

}  // namespace

// Storage keeps the stream's limits: it is who empties it.
Task<Result<bus::StreamInfo>> StreamOpening::Open() {
    const bus::StreamConfig wanted =
        bus::MarketDataStream(settings_.max_bytes, settings_.replicas, settings_.shards);
    Result<bus::StreamInfo> stream =
        co_await bus::EnsureStream(connection_, wanted, CallDeadline());
    if (stream.ok() || !absl::IsFailedPrecondition(stream.status())) co_return stream;
    kLog.Warn("the stream stays as it is", {{"reason", stream.status()}});
    co_return co_await bus::GetStreamInfo(connection_, wanted.name, CallDeadline());
}

Task<Result<StreamVerdict>> StreamOpening::Judge(
    const bus::StreamInfo& stream, std::optional<uint64_t> ack_floor
) {
    const auto committed = co_await pool_.Run([this] { return engine_.Position(); });
    if (!committed.ok()) co_return committed.status();
    StreamState state{stream.created, stream.first_sequence, stream.last_sequence, ack_floor};
    const Result<bool> another = co_await NewestIsAnother();
    if (!another.ok()) co_return another.status();
    state.newest_is_another = *another;
    StreamVerdict verdict = CheckStream(*committed, state);
    if (!verdict.loss.empty()) MP_CO_RETURN_IF_ERROR(co_await Declare(verdict, stream));
    co_return verdict;
}

void StreamOpening::Begun(const bus::StreamInfo& stream, uint64_t epoch) {
    declared_.reset();
    incarnation_ = stream.created;
    epoch_ = epoch;
    last_seen_ = stream.last_sequence;
}

Task<Result<std::optional<bus::StreamInfo>>> StreamOpening::Look(uint64_t floor) {
    const std::optional<bus::StreamInfo> another;
    // Who comes back may have lost its newest messages, and have new ones in their place.
    if (connection_.epoch() != epoch_) co_return another;
    auto stream = co_await bus::GetStreamInfo(connection_, bus::kMarketDataStream, CallDeadline());
    if (!stream.ok()) {
        if (absl::IsNotFound(stream.status())) co_return another;
        co_return stream.status();
    }
    const bool rewound = stream->last_sequence < last_seen_;
    // What is committed is all that is ever purged here.
    const bool purged_unread = stream->first_sequence > floor + 1;
    if (stream->created != incarnation_ || rewound || purged_unread) co_return another;
    last_seen_ = stream->last_sequence;
    co_return std::optional(*std::move(stream));
}

// Whether the stream has lost its end and grown again since the newest commit.
Task<Result<bool>> StreamOpening::NewestIsAnother() {
    const auto newest = co_await pool_.Run([this] { return LoadNewest(engine_); });
    if (!newest.ok()) co_return newest.status();
    if (!newest->has_value()) co_return false;
    const auto there = co_await bus::GetStoredMessage(
        connection_, bus::kMarketDataStream, (*newest)->sequence, CallDeadline()
    );
    if (absl::IsNotFound(there.status())) co_return false;  // purged, or the stream ends before it
    if (!there.ok()) co_return there.status();
    co_return there->stored != (*newest)->stored;
}

// What follows may fail for long, and is tried again then.
Task<Status> StreamOpening::Declare(const StreamVerdict& verdict, const bus::StreamInfo& stream) {
    if (declared_ == verdict.position) co_return OkStatus();
    kLog.Warn(
        "events may be lost",
        {{"reason", verdict.loss},
         {"stream_first", stream.first_sequence},
         {"stream_last", stream.last_sequence},
         {"goes_on_behind", verdict.position.floor}}
    );
    metrics_.Loss(verdict.loss);
    MP_CO_RETURN_IF_ERROR(co_await pool_.Run([this, &verdict] {
        return engine_.DeclareLoss(verdict.loss);
    }));
    declared_ = verdict.position;
    co_return OkStatus();
}

}  // namespace mp::storage
