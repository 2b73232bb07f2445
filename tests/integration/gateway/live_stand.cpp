#include "live_stand.hpp"

#include <chrono>
#include <cstdlib>
#include <gtest/gtest.h>
#include <numeric>
#include <stdexcept>

#include "bus/publisher.hpp"
#include "bus/topology.hpp"
#include "registry/instance.hpp"
#include "runtime/sleep.hpp"
#include "wire/batch.hpp"
#include "wire/event_codec.hpp"

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;

constexpr uint32_t kShards = 8;
constexpr Nanos kStep = 1000;

std::string Bytes(Nanos order_ts, Nanos received_ts, const model::Body& body) {
    model::Event event;
    event.order_ts = order_ts;
    event.received_ts = received_ts;
    event.body = body;
    std::string bytes;
    wire::AppendEvent(event, bytes);
    return bytes;
}

uint64_t TradeIdOf(std::string_view bytes) {
    wire::EventDecoder decoder;
    model::Event event;
    EXPECT_TRUE(decoder.Decode(bytes, event).ok());
    const auto* trade = std::get_if<model::Trade>(&event.body);
    return trade == nullptr ? 0 : trade->trade_id.number;
}

}  // namespace

model::Series SeriesOf(std::string_view symbol, model::DataType type) {
    return {{"binance", model::Market::kSpot, std::string(symbol), ""}, type};
}

std::vector<uint64_t> Numbers(uint64_t first, uint64_t last) {
    std::vector<uint64_t> numbers(last - first + 1);
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
}

std::string TradeBytes(uint64_t id, Nanos order_ts) {
    model::Trade trade;
    trade.price = *Decimal::Parse("100.5");
    trade.quantity = *Decimal::Parse("0.01");
    trade.side = model::Side::kBuy;
    trade.trade_id.number = id;
    return Bytes(order_ts, order_ts + 5, trade);
}

std::string DeltaBytes(uint64_t first, uint64_t last, std::string_view bid, std::string_view size) {
    const std::vector<model::Level> bids{{*Decimal::Parse(bid), *Decimal::Parse(size)}};
    model::BookDelta delta;
    delta.bids = bids;
    delta.first_update_id = first;
    delta.last_update_id = last;
    const Nanos at = static_cast<Nanos>(last) * kStep;
    return Bytes(at, at, delta);
}

std::string QuoteBytes(uint64_t id, Nanos received) {
    model::Bbo quote;
    quote.bid_price = *Decimal::Parse("100");
    quote.update_id = id;
    return Bytes(received, received, quote);
}

std::string ListingBytes(std::string_view status, Nanos received) {
    model::InstrumentInfo listing;
    listing.base_asset = "BTC";
    listing.quote_asset = "USDT";
    listing.venue_status = status;
    return Bytes(received, received, listing);
}

std::string GapBytes(model::DataType type, Nanos from, Nanos to, std::string_view reason) {
    model::Coverage coverage;
    coverage.data_type = type;
    coverage.basis = model::CoverageBasis::kSequence;
    coverage.state = model::CoverageState::kOpen;
    coverage.from_ts = from;
    coverage.to_ts = to;
    coverage.reason = reason;
    coverage.detected_ts = to;
    coverage.source = "test";
    coverage.missing = 3;
    return Bytes(from, to, coverage);
}

LiveStand::LiveStand(LiveConfig config) : epoch(DefaultClock().Now() - 3600 * kSecond) {
    EXPECT_TRUE(nats.Start().ok()) << nats.log();
    bus::ConnectionConfig bus;
    bus.url = nats.url();
    connection.emplace(runner.executor(), bus);
    EXPECT_TRUE(Run(connection->Connect()).ok());
    const auto stream = Run(bus::EnsureStream(
        *connection, bus::MarketDataStream(1 << 30, 1, kShards), Deadline::After(5s)
    ));
    EXPECT_TRUE(stream.ok()) << stream.status();
    EXPECT_TRUE(
        Run(bus::KvBucket::Open(*connection, bus::RegistryBucket(1), Deadline::After(5s))).ok()
    );
    bucket.emplace(*connection, "registry");
    directory.emplace(*bucket, registry::Directory::Config{});
    storage.emplace(registry::kStorage, UpstreamConfig{}, dispatcher, *directory, metrics);
    runner.Start(directory->Run());
    instruments.emplace(ListFrom(*storage));
    for (const char* symbol : {"BTC-USDT", "ETH-USDT"}) {
        instruments->Add({"binance", model::Market::kSpot, symbol, ""});
    }
    quotes.emplace(*connection, *instruments, *directory);
    history.emplace(*storage, *instruments, *quotes);
    fanout.emplace(runner.executor(), *connection, metrics);
    live.emplace(config, *fanout, *history, signer, metrics);
}

void LiveStand::StartStorage() {
    testing::ChildOptions options;
    options.program = "mp-storage";
    options.arguments = {
        "--config-dir",
        std::string(std::getenv("MP_SOURCE_DIR")) + "/services/storage/config",
        "--set",
        "bus.url=" + nats.url(),
        "--set",
        "storage.path=" + (folder / "store").string(),
        "--set",
        "http.port=0",
        "--set",
        "grpc.port=0"};
    storage_process.emplace(options);
    const Status listed = Run(UntilListed());
    if (!listed.ok()) throw std::runtime_error(listed.ToString() + storage_process->Output());
}

Task<Status> LiveStand::UntilListed() {
    for (const Deadline deadline = Deadline::After(30s); !deadline.Passed();) {
        if (!storage_process->Running()) co_return absl::InternalError("mp-storage has ended");
        const auto statistics = co_await history->Statistics(Deadline::After(5s));
        if (statistics.ok()) co_return OkStatus();
        co_await runtime::Sleep(20ms);
    }
    co_return absl::DeadlineExceededError("mp-storage does not answer");
}

Task<Status> LiveStand::Publish(
    model::Series series, std::vector<std::string> events, size_t per_message
) {
    const std::string subject = model::Subject(series, kShards);
    wire::BatchBuilder batch("test");
    for (size_t i = 0; i < events.size(); ++i) {
        batch.AddEncoded(series.instrument, events[i]);
        if (batch.count() < per_message && i + 1 < events.size()) continue;
        std::string payload;
        batch.Finish(payload);
        const auto ack =
            co_await bus::Publish(*connection, subject, payload, {}, Deadline::After(10s));
        if (!ack.ok()) co_return ack.status();
    }
    co_return OkStatus();
}

Task<Status> LiveStand::PublishTrades(
    uint64_t first, uint64_t last, std::string_view symbol, size_t per_message
) {
    std::vector<std::string> events;
    for (uint64_t id = first; id <= last; ++id) {
        events.push_back(TradeBytes(id, epoch + static_cast<Nanos>(id) * kStep));
    }
    return Publish(SeriesOf(symbol, model::DataType::kTrade), std::move(events), per_message);
}

Task<Status> LiveStand::UntilStored(uint64_t events) {
    for (const Deadline deadline = Deadline::After(30s); !deadline.Passed();) {
        const auto statistics = co_await history->Statistics(Deadline::After(5s));
        if (statistics.ok() && statistics->events() >= events) co_return OkStatus();
        co_await runtime::Sleep(10ms);
    }
    co_return absl::DeadlineExceededError("not stored");
}

Task<Status> LiveStand::Until(std::function<bool()> condition) {
    for (const Deadline deadline = Deadline::After(10s); !deadline.Passed();) {
        if (condition()) co_return OkStatus();
        co_await runtime::Sleep(1ms);
    }
    co_return absl::DeadlineExceededError("did not become true");
}

Task<Status> LiveStand::PurgeAll() {
    const auto info =
        co_await bus::GetStreamInfo(*connection, bus::kMarketDataStream, Deadline::After(5s));
    if (!info.ok()) co_return info.status();
    const auto purged = co_await bus::PurgeUpTo(
        *connection, bus::kMarketDataStream, info->last_sequence, Deadline::After(5s)
    );
    co_return purged.status();
}

LiveRequest LiveStand::RequestOf(std::vector<model::Series> series) const {
    LiveRequest request;
    request.series = std::move(series);
    return request;
}

Result<std::unique_ptr<LiveSession>> LiveStand::Open(LiveRequest request) {
    return Run(live->Open(std::move(request), Deadline::After(10s)));
}

Task<Status> LiveStand::Read(
    LiveSession& session, Received& received, std::function<bool()> enough, Deadline deadline
) {
    LiveOutput out;
    while (!enough()) {
        if (deadline.Passed()) co_return absl::DeadlineExceededError("not all came");
        MP_CO_RETURN_IF_ERROR(co_await session.Next(out, 100, true, Deadline::After(200ms)));
        for (const LiveRow& row : out.rows) {
            received.events.emplace_back(row.bytes);
            received.tokens.push_back(row.token);
            if (row.type == model::DataType::kTrade) {
                received.trade_ids.push_back(TradeIdOf(row.bytes));
            }
        }
        received.gaps.insert(received.gaps.end(), out.gaps.begin(), out.gaps.end());
        received.lagged += out.lagged;
        received.live = received.live || out.live;
    }
    co_return OkStatus();
}

Received LiveStand::ReadTrades(LiveRequest request, uint64_t last) {
    Received received;
    auto session = Open(std::move(request));
    EXPECT_TRUE(session.ok()) << session.status();
    if (!session.ok()) return received;
    const Status read = Run(Read(**session, received, [&] {
        return !received.trade_ids.empty() && received.trade_ids.back() >= last;
    }));
    EXPECT_TRUE(read.ok()) << read << " after " << received.trade_ids.size();
    return received;
}

}  // namespace mp::gateway
