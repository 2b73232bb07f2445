#include "bench/gateway/bare_grpc.hpp"

#include <cstdio>
#include <cstdlib>
#include <google/protobuf/arena.h>
#include <grpcpp/grpcpp.h>
#include <string>
#include <utility>
#include <vector>

#include "ceiling.grpc.pb.h"

namespace mp::bench {
namespace {

namespace pb = marketprism::bench;

constexpr uint64_t kFirstId = 3'400'000'000;

struct Trade {
    explicit Trade(uint64_t i)
        : ts(1'700'000'000'000'000'000 + static_cast<int64_t>(i) * 1'000'000),
          price(6'543'210 + static_cast<int64_t>(i * 7919 % 1000)),
          quantity(static_cast<int64_t>(1 + i * 40503 % 100'000)),
          side(i % 2 == 0 ? 1 : 2) {}

    int64_t ts;
    int64_t price;
    int64_t quantity;
    uint32_t side;
};
constexpr int64_t kOnItsWay = 450'000;

void Fill(uint64_t first, uint32_t count, pb::Rows& chunk) {
    chunk.mutable_rows()->Reserve(static_cast<int>(count));
    for (uint64_t i = first; i < first + count; ++i) {
        const Trade trade(i);
        pb::Row* row = chunk.add_rows();
        row->set_exchange(1);
        row->set_symbol(42);
        row->set_exchange_ts(trade.ts);
        row->set_received_ts(trade.ts + kOnItsWay);
        row->set_price(trade.price);
        row->set_price_exponent(-2);
        row->set_quantity(trade.quantity);
        row->set_quantity_exponent(-5);
        row->set_side(trade.side);
        row->set_trade_id(std::to_string(kFirstId + i));
    }
}

void Fill(uint64_t first, uint32_t count, pb::Columns& chunk) {
    const int rows = static_cast<int>(count);
    for (auto* column :
         {chunk.mutable_exchange_ts(),
          chunk.mutable_received_ts(),
          chunk.mutable_price(),
          chunk.mutable_quantity(),
          chunk.mutable_trade_id()}) {
        column->Reserve(rows);
    }
    chunk.set_exchange(1);
    chunk.set_symbol(42);
    chunk.set_price_exponent(-2);
    chunk.set_quantity_exponent(-5);
    std::string& sides = *chunk.mutable_side();
    sides.reserve(count);
    int64_t ts = 0, received_ts = 0, price = 0;
    uint64_t id = 0;
    for (uint64_t i = first; i < first + count; ++i) {
        const Trade trade(i);
        chunk.add_exchange_ts(trade.ts - std::exchange(ts, trade.ts));
        const int64_t received = trade.ts + kOnItsWay;
        chunk.add_received_ts(received - std::exchange(received_ts, received));
        chunk.add_price(trade.price - std::exchange(price, trade.price));
        chunk.add_quantity(trade.quantity);
        sides.push_back(static_cast<char>(trade.side));
        chunk.add_trade_id(static_cast<int64_t>(kFirstId + i - std::exchange(id, kFirstId + i)));
    }
}

// Makes the next chunk while nothing is sent: all on one core, as a ceiling's server should be.
template <class Chunk>
class ChunkWriter final : public grpc::ServerWriteReactor<Chunk> {
  public:
    explicit ChunkWriter(const pb::RowsRequest& request) : request_(request) { WriteNext(); }

    void OnWriteDone(bool ok) override {
        if (ok) {
            WriteNext();
        } else {
            this->Finish(grpc::Status::CANCELLED);
        }
    }
    void OnDone() override { delete this; }

  private:
    static google::protobuf::ArenaOptions BlockOf(std::vector<char>& block) {
        google::protobuf::ArenaOptions options;
        options.initial_block = block.data();
        options.initial_block_size = block.size();
        return options;
    }

    void WriteNext() {
        if (chunk_ == request_.chunks()) return this->Finish(grpc::Status::OK);
        arena_.Reset();
        auto* chunk = google::protobuf::Arena::CreateMessage<Chunk>(&arena_);
        Fill(uint64_t{chunk_++} * request_.rows(), request_.rows(), *chunk);
        this->StartWrite(chunk);
    }

    const pb::RowsRequest request_;
    std::vector<char> block_ = std::vector<char>(1u << 20);
    google::protobuf::Arena arena_{BlockOf(block_)};
    uint32_t chunk_ = 0;
};

class CeilingService final : public pb::Ceiling::CallbackService {
    grpc::ServerUnaryReactor* Echo(
        grpc::CallbackServerContext* context,
        const pb::EchoMessage* request,
        pb::EchoMessage* response
    ) override {
        response->set_body(request->body());
        grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }

    grpc::ServerWriteReactor<pb::Rows>* StreamRows(
        grpc::CallbackServerContext*, const pb::RowsRequest* request
    ) override {
        return new ChunkWriter<pb::Rows>(*request);
    }

    grpc::ServerWriteReactor<pb::Columns>* StreamColumns(
        grpc::CallbackServerContext*, const pb::RowsRequest* request
    ) override {
        return new ChunkWriter<pb::Columns>(*request);
    }
};

}  // namespace

struct BareGrpc::Impl {
    CeilingService service;
    std::unique_ptr<grpc::Server> server;
    int port = 0;
};

BareGrpc::BareGrpc() : impl_(std::make_unique<Impl>()) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &impl_->port);
    builder.RegisterService(&impl_->service);
    impl_->server = builder.BuildAndStart();
    if (impl_->server && impl_->port != 0) return;
    std::fputs("the bare gRPC server has no port\n", stderr);
    std::abort();
}

BareGrpc::~BareGrpc() {
    impl_->server->Shutdown(std::chrono::system_clock::now());
}

uint16_t BareGrpc::port() const {
    return static_cast<uint16_t>(impl_->port);
}

}  // namespace mp::bench
