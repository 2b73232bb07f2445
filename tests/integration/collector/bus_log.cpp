#include "bus_log.hpp"

#include <fmt/format.h>

#include "model/identity.hpp"
#include "runtime/sleep.hpp"

namespace mp::collector_test {
namespace {

std::string Text(const std::optional<Decimal>& value) {
    return value ? value->ToString() : "-";
}

std::string Text(std::span<const model::Level> levels) {
    std::string out;
    for (const model::Level& level : levels) {
        out += level.price.ToString() + ":" + level.quantity.ToString() + " ";
    }
    return out;
}

long long Millis(Nanos time) {
    return time / kMillisecond;
}

struct Content {
    std::string operator()(const model::Trade& trade) const {
        return fmt::format(
            "{} {} {} E{}",
            trade.price.ToString(),
            trade.quantity.ToString(),
            model::ToString(trade.side),
            Millis(exchange_ts)
        );
    }
    std::string operator()(const model::BookDelta& delta) const {
        return Text(delta.bids) + "| " + Text(delta.asks);
    }
    std::string operator()(const model::BookSnapshot& snapshot) const {
        return Text(snapshot.bids) + "| " + Text(snapshot.asks);
    }
    std::string operator()(const model::Bbo& bbo) const {
        return Text(bbo.bid_price) + " " + Text(bbo.bid_quantity) + " " + Text(bbo.ask_price) +
               " " + Text(bbo.ask_quantity);
    }
    std::string operator()(const model::Ticker& ticker) const {
        return fmt::format(
            "{} {} {} {} {} {}",
            Text(ticker.last_price),
            Text(ticker.open_price),
            Text(ticker.high_price),
            Text(ticker.low_price),
            Text(ticker.volume),
            Text(ticker.quote_volume)
        );
    }
    std::string operator()(const model::Kline& kline) const {
        return fmt::format(
            "{} {} {} {} {} {} {} {} T{}",
            kline.open.ToString(),
            kline.high.ToString(),
            kline.low.ToString(),
            kline.close.ToString(),
            kline.volume.ToString(),
            Text(kline.quote_volume),
            kline.trade_count.value_or(0),
            kline.closed,
            Millis(kline.close_time)
        );
    }
    template <typename Other>
    std::string operator()(const Other&) const {
        return {};
    }

    Nanos exchange_ts;
};

std::string Identity(const model::Event& event) {
    if (const auto* kline = std::get_if<model::Kline>(&event.body)) {
        return fmt::format(
            "{} {} {}", kline->interval, Millis(kline->open_time), Millis(event.order_ts)
        );
    }
    if (std::holds_alternative<model::Ticker>(event.body)) {
        return std::to_string(Millis(event.order_ts));
    }
    return model::IdentityText(event);
}

bus::ConnectionConfig Config(const std::string& url) {
    bus::ConnectionConfig config;
    config.url = url;
    config.name = "test";
    return config;
}

Task<bool> Poll(const std::function<bool()>& condition, Duration limit) {
    const Deadline deadline = Deadline::After(limit);
    while (!condition()) {
        if (deadline.Passed()) co_return false;
        co_await runtime::Sleep(std::chrono::milliseconds(20));
    }
    co_return true;
}

}  // namespace

BusLog::BusLog(const std::string& url) : connection_(runner_.executor(), Config(url)) {
    const Status connected = runner_.Run(connection_.Connect());
    if (!connected.ok()) faults_.push_back(connected.ToString());
    bus::OrderedConsumerConfig config;
    config.stream = "MARKET_DATA";
    config.start = bus::StartAt::All();
    bus::OrderedHandlers handlers;
    handlers.on_messages = [this](std::span<bus::StreamMessage> messages) { Take(messages); };
    consumer_ = std::make_unique<bus::OrderedConsumer>(connection_, config, std::move(handlers));
}

bool BusLog::WaitFor(const std::function<bool()>& condition, Duration limit) {
    return runner_.Run(Poll(condition, limit), limit + std::chrono::seconds(10));
}

void BusLog::Take(std::span<bus::StreamMessage> messages) {
    for (const bus::StreamMessage& message : messages) {
        ++batches_;
        const Status opened = reader_.Open(message.payload());
        if (!opened.ok()) {
            faults_.push_back(opened.ToString());
            continue;
        }
        for (const wire::BatchEntry& entry : reader_.entries()) {
            model::Event event;
            const Status decoded = decoder_.Decode(entry.event, event);
            if (!decoded.ok()) {
                faults_.push_back(decoded.ToString());
                continue;
            }
            Take(reader_.instruments()[entry.instrument], event, message.stream_sequence);
        }
    }
}

void BusLog::Take(
    const model::Instrument& instrument, const model::Event& event, uint64_t sequence
) {
    if (const auto* claim = std::get_if<model::Coverage>(&event.body)) {
        StoredSeries& series =
            Of(instrument.venue_symbol, std::string(model::ToString(claim->data_type)));
        series.coverage.Add(*claim);
        if (claim->state == model::CoverageState::kOpen) {
            series.gaps.push_back(fmt::format(
                "{} {} {}-{}",
                claim->reason,
                claim->missing.value_or(0),
                claim->from_ts,
                claim->to_ts
            ));
        }
        return;
    }
    StoredSeries& series =
        Of(instrument.venue_symbol, std::string(model::ToString(model::TypeOf(event))));
    const std::string content = std::visit(Content{event.exchange_ts.value_or(0)}, event.body);
    StoredEvent& stored = series.events[Identity(event)];
    if (++stored.times > 1) {
        ++series.repeats;
        if (stored.content != content) {
            faults_.push_back("same identity, other content: " + Identity(event));
        }
        return;
    }
    stored = {content, event.order_ts, event.exchange_ts.value_or(0), sequence, 1};
}

}  // namespace mp::collector_test
