#pragma once
// The gRPC clients of the bench: what they measure at the gateway they measure at a ceiling in the
// same way. Blocking; a call that fails ends the process, because its figures would be worth
// nothing.

#include <cstddef>
#include <cstdint>
#include <grpcpp/channel.h>
#include <memory>
#include <string>

namespace mp::bench {

struct Instrument {
    std::string exchange;
    std::string symbol;
};

std::shared_ptr<grpc::Channel> Connect(const std::string& target);

// Calls a second with 64 outstanding, on one completion queue and one thread.
double EchoRate(const std::shared_ptr<grpc::Channel>& channel, size_t calls);
double BboRate(
    const std::shared_ptr<grpc::Channel>& channel, const Instrument& instrument, size_t calls
);

// Rows a second of one stream, every field of every row read, messages on an arena.
double BareRowRate(const std::shared_ptr<grpc::Channel>& channel, uint32_t rows);
double BareColumnRate(const std::shared_ptr<grpc::Channel>& channel, uint32_t rows);
struct StoredRows {
    double rate;
    uint64_t rows;
};
StoredRows RowRate(const std::shared_ptr<grpc::Channel>& channel, const Instrument& instrument);
// The same as packed columns.
StoredRows ColumnRate(const std::shared_ptr<grpc::Channel>& channel, const Instrument& instrument);

}  // namespace mp::bench
