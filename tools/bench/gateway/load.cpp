#include "bench/gateway/load.hpp"

#include <chrono>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "bus/publisher.hpp"
#include "bus/stream.hpp"
#include "bus/topology.hpp"
#include "model/event.hpp"
#include "runtime/condition.hpp"
#include "wire/batch.hpp"

namespace mp::bench {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr uint64_t kBatchTrades = 1000;

model::Event TradeEvent(uint64_t number, const LoadOptions& options) {
    model::Trade trade;
    trade.price = Decimal::Make(6'543'210 + static_cast<int64_t>(number * 7919 % 1000), 2);
    trade.quantity = Decimal::Make(static_cast<int64_t>(1 + number * 40503 % 100'000), 5);
    trade.side = number % 2 == 0 ? model::Side::kBuy : model::Side::kSell;
    trade.trade_id.number = options.first_id + number;
    model::Event event;
    event.order_ts = options.first_ts + static_cast<Nanos>(number) * kMillisecond;
    event.exchange_ts = event.order_ts;
    event.received_ts = event.order_ts + 450 * kMicrosecond;
    event.body = trade;
    return event;
}

class Loader {
  public:
    Loader(const LoadOptions& options, Executor executor)
        : options_(options),
          connection_(std::move(executor), {.url = options.nats_url, .name = "mp-bench"}),
          publisher_(connection_, {}, [this](uint64_t, const Result<bus::PublishAck>& ack) {
              Acknowledged(ack.status());
          }) {}

    Task<Status> Run() {
        MP_CO_RETURN_IF_ERROR(co_await connection_.Connect());
        const Deadline deadline = Deadline::After(kPatience);
        const auto stream =
            co_await bus::GetStreamInfo(connection_, bus::kMarketDataStream, deadline);
        if (!stream.ok()) co_return stream.status();
        const Result<uint32_t> shards = bus::ShardsOf(*stream);
        if (!shards.ok()) co_return shards.status();
        const std::string subject = model::Subject(instrument_, model::DataType::kTrade, *shards);
        for (uint64_t next = 0; next < options_.trades;) {
            std::string batch;
            next = Fill(next, batch);
            MP_CO_RETURN_IF_ERROR(co_await Publish(subject, batch, deadline));
        }
        MP_CO_RETURN_IF_ERROR(co_await publisher_.Flush(deadline));
        co_return failed_;
    }

  private:
    uint64_t Fill(uint64_t from, std::string& batch) {
        const uint64_t end = std::min(from + kBatchTrades, options_.trades);
        for (uint64_t i = from; i < end; ++i) {
            builder_.Add(instrument_, TradeEvent(i, options_));
        }
        builder_.Finish(batch);
        return end;
    }

    // Waits while the window is full.
    Task<Status> Publish(const std::string& subject, const std::string& batch, Deadline deadline) {
        for (;;) {
            if (!failed_.ok()) co_return failed_;
            const Status taken = publisher_.Publish(subject, batch, 0);
            if (!absl::IsResourceExhausted(taken)) co_return taken;
            const bool room = co_await acknowledged_.Wait(deadline);
            if (!room) co_return absl::DeadlineExceededError("the broker is too slow");
        }
    }

    void Acknowledged(const Status& status) {
        failed_.Update(status);
        acknowledged_.NotifyAll();
    }

    const LoadOptions options_;
    const model::Instrument instrument_{
        "binance", model::Market::kSpot, options_.symbol, options_.symbol};
    wire::BatchBuilder builder_{"mp-bench"};
    Status failed_;
    runtime::Condition acknowledged_;
    bus::Connection connection_;
    bus::AsyncPublisher publisher_;
};

}  // namespace

Status Load(const LoadOptions& options) {
    asio::io_context io{1};
    Loader loader(options, io.get_executor());
    Status outcome = absl::InternalError("loading came to no end");
    asio::co_spawn(io, loader.Run(), [&](const std::exception_ptr& thrown, Status status) {
        outcome = thrown ? absl::InternalError("loading threw") : std::move(status);
        io.stop();
    });
    io.run();
    return outcome;
}

}  // namespace mp::bench
