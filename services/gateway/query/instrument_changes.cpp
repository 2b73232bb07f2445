#include "gateway/query/instrument_changes.hpp"

#include <span>

#include "bus/topology.hpp"

namespace mp::gateway {

InstrumentChanges::InstrumentChanges(bus::Connection& connection, const Clock& clock)
    : clock_(clock),
      consumer_(
          connection,
          {.stream = bus::kMarketDataStream,
           .filter = bus::MarketDataFilter("", "", "instrument"),
           .start = bus::StartAt::New()},
          {.on_messages = [this](std::span<bus::StreamMessage> messages) { OnMessages(messages); }}
      ) {}

void InstrumentChanges::OnMessages(std::span<bus::StreamMessage> messages) {
    for (const bus::StreamMessage& message : messages) {
        if (!reader_.Open(message.payload()).ok()) continue;  // storage keeps it as a dead letter
        for (const model::Instrument& instrument : reader_.instruments()) {
            changed_[instrument] = clock_.Steady();
        }
    }
}

Duration InstrumentChanges::Unchanged(const model::Instrument& instrument) const {
    if (!consumer_.active()) return Duration(0);
    const auto last = changed_.find(instrument);
    if (last == changed_.end()) return Duration::max();
    return Duration(clock_.Steady() - last->second);
}

}  // namespace mp::gateway
