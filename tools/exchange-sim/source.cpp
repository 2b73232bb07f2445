#include "exchange-sim/source.hpp"

#include <utility>

#include "exchange-sim/wall_clock.hpp"

namespace mp::sim {
namespace {

constexpr std::uint64_t kBurstCount = 200'000;

}  // namespace

void Source::Serve(Recording recording, double speed) {
    const ReplayOptions how{speed, plant_.options.loop, plant_.options.start_when_subscribed};
    replay_ =
        std::make_unique<Replay>(plant_.io, plant_.hub, plant_.outlet, std::move(recording), how);
}

void Source::Generate(
    std::vector<SymbolSpec> specs, const MakeWriter& make, RecordedForm form, double rate
) {
    const Options& options = plant_.options;
    form.aggregate_trades = options.trade_channel == "aggTrade";
    MarketOptions how{options.seed, form.aggregate_trades, {60'000, 1'000}};
    market_ = std::make_unique<Market>(std::move(specs), std::move(how), WallMillis());
    if (options.burst) {
        const std::uint64_t count = options.count > 0 ? options.count : kBurstCount;
        return Serve(RecordMarket(*market_, make, form, count), 0);
    }
    writer_ = make(
        *market_,
        [this](std::uint32_t stream) { return plant_.hub.HasSubscribers(stream); },
        [this](const Frame& frame) { plant_.outlet.Publish(frame); }
    );
    driver_ = std::make_unique<MarketDriver>(
        plant_.io,
        *market_,
        plant_.outlet,
        rate,
        options.count,
        [this](const MarketEvent& event) { writer_->Publish(event); }
    );
}

void Source::SendBook(std::uint32_t stream, WsSession* session) {
    if (replay_) return replay_->SendBook(stream, session);
    writer_->Snapshot(stream, [&](const Frame& frame) {
        if (session != nullptr) return plant_.outlet.SendTo(*session, frame);
        plant_.outlet.Publish(frame);
    });
}

void Source::Pause(bool pause) {
    if (replay_) replay_->Pause(pause);
    if (driver_) driver_->Pause(pause);
}

void Source::StopMarket() {
    if (replay_) replay_->Pause(true);
    if (driver_) driver_->StopMarket();
}

void Source::Stop() {
    if (replay_) replay_->Stop();
    if (driver_) driver_->Stop();
}

}  // namespace mp::sim
