#include "bench/gateway/grpc_client.hpp"

#include <cstdio>
#include <cstdlib>
#include <google/protobuf/arena.h>
#include <grpcpp/grpcpp.h>
#include <vector>

#include "bench/figures.hpp"
#include "ceiling.grpc.pb.h"
#include "marketprism/v1/market_data.grpc.pb.h"

namespace mp::bench {
namespace {

namespace v1 = marketprism::v1;
namespace ceiling = marketprism::bench;
using google::protobuf::Arena;

constexpr size_t kOutstanding = 64;
constexpr size_t kEchoBytes = 200;
constexpr uint32_t kChunkRows = 1000;

void Require(const grpc::Status& status, const char* what) {
    if (status.ok()) return;
    std::fprintf(stderr, "%s: %s\n", what, status.error_message().c_str());
    std::exit(1);
}

// Keeps kOutstanding calls of one kind under way. `start(context, queue)` begins one.
template <class Response, class Start>
double UnaryRate(size_t calls, const char* what, Start start) {
    struct Call {
        grpc::ClientContext context;
        Response response;
        grpc::Status status;
        std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
    };
    grpc::CompletionQueue queue;
    size_t sent = 0;
    const auto send = [&] {
        auto* call = new Call;
        call->reader = start(&call->context, &queue);
        call->reader->Finish(&call->response, &call->status, call);
        ++sent;
    };
    const auto began = Clock::now();
    while (sent < kOutstanding) send();
    for (size_t done = 0; done < calls; ++done) {
        void* tag = nullptr;
        bool ok = false;
        queue.Next(&tag, &ok);
        const std::unique_ptr<Call> call(static_cast<Call*>(tag));
        Require(call->status, what);
        if (sent < calls) send();
    }
    return static_cast<double>(calls) / SecondsSince(began);
}

// Reads a stream to its end on an arena; `visit(message)` says how many rows the message had.
template <class Message, class Visit>
StoredRows StreamRate(
    const std::unique_ptr<grpc::ClientReader<Message>>& reader,
    Clock::time_point began,
    const char* what,
    Visit visit
) {
    std::vector<char> block(2u << 20);
    google::protobuf::ArenaOptions options;
    options.initial_block = block.data();
    options.initial_block_size = block.size();
    Arena arena(options);
    uint64_t rows = 0;
    for (;; arena.Reset()) {
        auto* message = Arena::CreateMessage<Message>(&arena);
        if (!reader->Read(message)) break;
        rows += visit(*message);
    }
    Require(reader->Finish(), what);
    return {static_cast<double>(rows) / SecondsSince(began), rows};
}

// What was read must be of use to somebody, or the compiler reads nothing.
volatile uint64_t kept = 0;

uint64_t Sum(const ceiling::Row& row) {
    return row.exchange() + row.symbol() + static_cast<uint64_t>(row.exchange_ts()) +
           static_cast<uint64_t>(row.received_ts()) + static_cast<uint64_t>(row.price()) +
           static_cast<uint64_t>(row.quantity()) + row.side() + row.trade_id().size();
}

uint64_t Sum(const ceiling::Rows& chunk) {
    uint64_t sum = 0;
    for (const ceiling::Row& row : chunk.rows()) sum += Sum(row);
    return sum;
}

uint64_t Sum(const ceiling::Columns& columns) {
    int64_t exchange = 0, received = 0, price = 0, id = 0;
    uint64_t sum = 0;
    for (int i = 0; i < columns.quantity_size(); ++i) {
        exchange += columns.exchange_ts(i);
        received += columns.received_ts(i);
        price += columns.price(i);
        id += columns.trade_id(i);
        const auto side = static_cast<uint8_t>(columns.side()[static_cast<size_t>(i)]);
        sum += static_cast<uint64_t>(exchange + received + price + id) +
               static_cast<uint64_t>(columns.quantity(i)) + side;
    }
    return sum;
}

uint64_t Sum(const v1::EventEntry& entry) {
    const v1::Event& event = entry.event();
    const v1::Trade& trade = event.trade();
    return entry.instrument() + static_cast<uint64_t>(event.order_ts()) +
           static_cast<uint64_t>(event.received_ts()) + static_cast<uint64_t>(event.exchange_ts()) +
           static_cast<uint64_t>(trade.price().mantissa()) + trade.price().scale() +
           static_cast<uint64_t>(trade.quantity().mantissa()) + trade.quantity().scale() +
           static_cast<uint64_t>(trade.side()) + trade.number();
}

uint64_t Sum(const v1::TradeColumns& columns) {
    int64_t order = 0, received = 0, price = 0, id = 0;
    uint64_t sum = 0;
    for (int i = 0; i < columns.quantity_size(); ++i) {
        order += columns.order_ts(i);
        received += columns.received_ts(i);
        price += columns.price(i);
        id += columns.trade_id(i);
        const int64_t exchange =
            order + (columns.exchange_ts().empty() ? 0 : columns.exchange_ts(i));
        const auto side = static_cast<uint8_t>(columns.side()[static_cast<size_t>(i)]);
        sum += static_cast<uint64_t>(order + received + exchange + price + id) +
               static_cast<uint64_t>(columns.quantity(i)) + side;
    }
    return sum;
}

v1::Instrument NameOf(const Instrument& instrument) {
    v1::Instrument name;
    name.set_exchange(instrument.exchange);
    name.set_symbol(instrument.symbol);
    return name;
}

int RowsOf(const ceiling::Rows& chunk) {
    return chunk.rows_size();
}
int RowsOf(const ceiling::Columns& chunk) {
    return chunk.quantity_size();
}

// How fast the bare server's chunks of one kind are read.
template <class Chunk>
double BareRate(
    std::unique_ptr<grpc::ClientReader<Chunk>> (ceiling::Ceiling::Stub::*stream
    )(grpc::ClientContext*, const ceiling::RowsRequest&),
    ceiling::Ceiling::Stub& client,
    uint32_t rows
) {
    ceiling::RowsRequest request;
    request.set_chunks(rows / kChunkRows);
    request.set_rows(kChunkRows);
    grpc::ClientContext context;
    const auto began = Clock::now();
    const auto reader = (client.*stream)(&context, request);
    uint64_t sum = 0;
    const StoredRows read =
        StreamRate<Chunk>(reader, began, "a bare stream", [&](const Chunk& chunk) {
            sum += Sum(chunk);
            return RowsOf(chunk);
        });
    kept = sum;
    return read.rate;
}

StoredRows QueryTrades(
    const std::shared_ptr<grpc::Channel>& channel, const Instrument& instrument, v1::Layout layout
) {
    const auto stub = v1::MarketDataService::NewStub(channel);
    v1::QueryEventsRequest request;
    *request.mutable_series()->mutable_instrument() = NameOf(instrument);
    request.mutable_series()->set_data_type(v1::DATA_TYPE_TRADE);
    request.set_start(0);
    request.set_layout(layout);
    grpc::ClientContext context;
    const auto began = Clock::now();
    const auto reader = stub->QueryEvents(&context, request);
    uint64_t sum = 0;
    const StoredRows rows =
        StreamRate<v1::EventChunk>(reader, began, "QueryEvents", [&](const v1::EventChunk& chunk) {
            for (const v1::EventEntry& entry : chunk.entries()) sum += Sum(entry);
            sum += Sum(chunk.trade_columns());
            return chunk.entries_size() + chunk.trade_columns().quantity_size();
        });
    kept = sum;
    return rows;
}

}  // namespace

std::shared_ptr<grpc::Channel> Connect(const std::string& target) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

double EchoRate(const std::shared_ptr<grpc::Channel>& channel, size_t calls) {
    const auto stub = ceiling::Ceiling::NewStub(channel);
    ceiling::EchoMessage request;
    request.set_body(std::string(kEchoBytes, 'x'));
    return UnaryRate<ceiling::EchoMessage>(calls, "Echo", [&](auto* context, auto* queue) {
        return stub->AsyncEcho(context, request, queue);
    });
}

double BboRate(
    const std::shared_ptr<grpc::Channel>& channel, const Instrument& instrument, size_t calls
) {
    const auto stub = v1::MarketDataService::NewStub(channel);
    v1::GetBboRequest request;
    *request.mutable_instrument() = NameOf(instrument);
    return UnaryRate<v1::GetBboResponse>(calls, "GetBbo", [&](auto* context, auto* queue) {
        return stub->AsyncGetBbo(context, request, queue);
    });
}

double BareRowRate(const std::shared_ptr<grpc::Channel>& channel, uint32_t rows) {
    const auto client = ceiling::Ceiling::NewStub(channel);
    return BareRate(&ceiling::Ceiling::Stub::StreamRows, *client, rows);
}

double BareColumnRate(const std::shared_ptr<grpc::Channel>& channel, uint32_t rows) {
    const auto client = ceiling::Ceiling::NewStub(channel);
    return BareRate(&ceiling::Ceiling::Stub::StreamColumns, *client, rows);
}

StoredRows RowRate(const std::shared_ptr<grpc::Channel>& channel, const Instrument& instrument) {
    return QueryTrades(channel, instrument, v1::LAYOUT_ROWS);
}

StoredRows ColumnRate(const std::shared_ptr<grpc::Channel>& channel, const Instrument& instrument) {
    return QueryTrades(channel, instrument, v1::LAYOUT_COLUMNS);
}

}  // namespace mp::bench
