#include "collector/publish/lanes.hpp"

#include <utility>

namespace mp::collector {

Lanes::Lanes(Executor executor, Outbox& outbox, Config config, OnDropped on_dropped)
    : outbox_(outbox),
      config_(std::move(config)),
      on_dropped_(std::move(on_dropped)),
      timer_(executor) {}

LaneId Lanes::Find(const std::string& subject) {
    const auto [entry, is_new] =
        by_subject_.try_emplace(subject, static_cast<LaneId>(lanes_.size()));
    if (is_new) lanes_.emplace_back(subject, config_.producer);
    return entry->second;
}

void Lanes::Add(
    LaneId id, SeriesId series, const model::Instrument& instrument, const model::Event& event
) {
    Lane& lane = lanes_[id];
    if (lane.builder.empty()) dirty_.push_back(id);
    lane.builder.Add(instrument, event);
    if (lane.series.empty() || lane.series.back() != series) lane.series.push_back(series);
    if (lane.builder.bytes() >= config_.max_bytes) FlushLane(lane);
}

void Lanes::EndBurst() {
    if (dirty_.empty()) return;
    if (outbox_.in_flight() < config_.eager_in_flight) {
        Flush();
    } else if (!armed_) {
        Arm();
    }
}

void Lanes::OnRoom() {
    if (outbox_.in_flight() < config_.eager_in_flight) Flush();
}

void Lanes::Flush() {
    // NOLINTNEXTLINE(modernize-loop-convert): who is told of a drop may add events
    for (size_t i = 0; i < dirty_.size(); ++i) {
        Lane& lane = lanes_[dirty_[i]];
        if (!lane.builder.empty()) FlushLane(lane);
    }
    dirty_.clear();
}

// Leaves the lane in dirty_, where an empty one is passed over.
void Lanes::FlushLane(Lane& lane) {
    lane.builder.Finish(batch_);
    const Status put = outbox_.Put(RecordKind::kData, lane.subject, batch_);
    if (!put.ok()) on_dropped_(lane.series, put);
    lane.series.clear();
}

void Lanes::Arm() {
    armed_ = true;
    timer_.expires_after(config_.max_delay);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        armed_ = false;
        Flush();
    });
}

}  // namespace mp::collector
