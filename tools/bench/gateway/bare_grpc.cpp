#include "bench/gateway/bare_grpc.hpp"

#include <cstdio>
#include <cstdlib>
#include <google/protobuf/arena.h>
#include <grpcpp/grpcpp.h>
#include <string>
#include <vector>

#include "ceiling.grpc.pb.h"

namespace mp::bench {
namespace {

namespace pb = marketprism::bench;

void Fill(uint64_t first, uint32_t count, pb::Rows& chunk) {
    chunk.mutable_rows()->Reserve(static_cast<int>(count));
    for (uint64_t i = first; i < first + count; ++i) {
        pb::Row* row = chunk.add_rows();
        const auto ts = 1'700'000'000'000'000'000 + static_cast<int64_t>(i) * 1'000'000;
        row->set_exchange(1);
        row->set_symbol(42);
        row->set_exchange_ts(ts);
        row->set_received_ts(ts + 450'000);
        row->set_price(6'543'210 + static_cast<int64_t>(i * 7919 % 1000));
        row->set_price_exponent(-2);
        row->set_quantity(static_cast<int64_t>(1 + i * 40503 % 100'000));
        row->set_quantity_exponent(-5);
        row->set_side(i % 2 == 0 ? 1 : 2);
        row->set_trade_id(std::to_string(3'400'000'000 + i));
    }
}

// Makes the next chunk while nothing is sent: all on one core, as a ceiling's server should be.
class RowWriter final : public grpc::ServerWriteReactor<pb::Rows> {
  public:
    explicit RowWriter(const pb::RowsRequest& request) : request_(request) { WriteNext(); }

    void OnWriteDone(bool ok) override {
        if (ok) {
            WriteNext();
        } else {
            Finish(grpc::Status::CANCELLED);
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
        if (chunk_ == request_.chunks()) return Finish(grpc::Status::OK);
        arena_.Reset();
        auto* rows = google::protobuf::Arena::CreateMessage<pb::Rows>(&arena_);
        Fill(uint64_t{chunk_++} * request_.rows(), request_.rows(), *rows);
        StartWrite(rows);
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
        return new RowWriter(*request);
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
