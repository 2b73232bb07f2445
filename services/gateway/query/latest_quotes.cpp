#include "gateway/query/latest_quotes.hpp"

#include "bus/topology.hpp"
#include "wire/convert.hpp"

namespace mp::gateway {

namespace pb = marketprism::v1;

LatestQuotes::LatestQuotes(bus::Connection& connection, Instruments& instruments)
    : instruments_(instruments),
      consumer_(
          connection,
          {.stream = bus::kMarketDataStream,
           .filter = bus::MarketDataFilter("", "", "bbo"),
           .start = bus::StartAt::LastPerSubject()},
          {.on_messages = [this](std::span<bus::StreamMessage> messages) { OnMessages(messages); }}
      ) {}

void LatestQuotes::OnMessages(std::span<bus::StreamMessage> messages) {
    for (const bus::StreamMessage& message : messages) {
        if (!reader_.Open(message.payload()).ok()) continue;  // storage keeps it as a dead letter
        for (const wire::BatchEntry& entry : reader_.entries()) {
            const model::Instrument& instrument = reader_.instruments()[entry.instrument];
            const auto [quote, first] = quotes_.try_emplace(instrument);
            if (first) instruments_.Add(instrument);
            quote->second.assign(entry.event);
        }
    }
}

std::optional<pb::GetBboResponse> LatestQuotes::Find(const pb::Instrument& instrument) const {
    const auto name = wire::FromProto(instrument);
    if (!name.ok()) return std::nullopt;
    const auto it = quotes_.find(*name);
    if (it == quotes_.end()) return std::nullopt;
    pb::GetBboResponse response;
    if (!response.mutable_event()->ParseFromString(it->second)) return std::nullopt;
    wire::ToProto(it->first, *response.mutable_instrument());
    response.set_degraded(!consumer_.active());
    return response;
}

}  // namespace mp::gateway
