#include "gateway/query/latest_quotes.hpp"

#include <tuple>

#include "bus/topology.hpp"
#include "wire/convert.hpp"
#include "wire/key_peek.hpp"

namespace mp::gateway {

namespace pb = marketprism::v1;

LatestQuotes::LatestQuotes(
    bus::Connection& connection, Instruments& instruments, registry::Directory& directory
)
    : instruments_(instruments),
      consumer_(
          connection,
          {.stream = bus::kMarketDataStream,
           .filter = bus::MarketDataFilter("", "", "bbo"),
           .start = bus::StartAt::LastPerSubject()},
          {.on_messages = [this](std::span<bus::StreamMessage> messages) { OnMessages(messages); }}
      ) {
    directory.OnChange([this, &directory](const std::string& changed) {
        if (changed == registry::kCollector) collected_ = directory.Pick(changed).ok();
    });
}

void LatestQuotes::OnMessages(std::span<bus::StreamMessage> messages) {
    for (const bus::StreamMessage& message : messages) {
        if (!reader_.Open(message.payload()).ok()) continue;  // storage keeps it as a dead letter
        for (const wire::BatchEntry& entry : reader_.entries()) {
            Take(reader_.instruments()[entry.instrument], entry.event);
        }
    }
}

// A batch that is sent again must not set a quote back.
void LatestQuotes::Take(const model::Instrument& instrument, std::string_view event) {
    wire::EventKey key;
    identity_.clear();
    if (!wire::PeekKey(event, model::DataType::kBbo, key, identity_).ok()) return;
    const auto [place, first] = quotes_.try_emplace(instrument);
    Quote& quote = place->second;
    if (first) instruments_.Add(instrument);
    if (std::tie(key.order_ts, key.sequence) < std::tie(quote.order_ts, quote.sequence)) return;
    quote.order_ts = key.order_ts;
    quote.sequence = key.sequence;
    quote.bytes.assign(event);
}

std::optional<pb::GetBboResponse> LatestQuotes::Find(const pb::Instrument& instrument) const {
    const auto name = wire::FromProto(instrument);
    if (!name.ok()) return std::nullopt;
    const auto it = quotes_.find(*name);
    if (it == quotes_.end()) return std::nullopt;
    pb::GetBboResponse response;
    if (!response.mutable_event()->ParseFromString(it->second.bytes)) return std::nullopt;
    wire::ToProto(it->first, *response.mutable_instrument());
    response.set_degraded(!consumer_.active() || !collected_);
    return response;
}

}  // namespace mp::gateway
