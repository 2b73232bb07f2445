// A subscriber over gRPC: takes every stored series of the data types it is told, and measures from
// the collector's socket read (received_ts, same machine, same clock) to here.
//
// usage: mp-bench-subscribe ADDRESS SECONDS [warm-up seconds] [data types, by number, with commas]

#include <cstdlib>
#include <grpcpp/grpcpp.h>
#include <sstream>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "bench/figures.hpp"
#include "marketprism/v1/market_data.grpc.pb.h"

namespace {

namespace pb = marketprism::v1;
using mp::bench::Clock;

[[noreturn]] void Fail(const std::string& why) {
    std::fprintf(stderr, "mp-bench-subscribe: %s\n", why.c_str());
    std::exit(1);
}

std::vector<pb::DataType> TypesOf(const std::string& text) {
    std::vector<pb::DataType> types;
    std::istringstream in(text);
    for (std::string number; std::getline(in, number, ',');) {
        types.push_back(static_cast<pb::DataType>(std::stoi(number)));
    }
    return types;
}

pb::SubscribeRequest Request(
    pb::MarketDataService::Stub& stub, const std::vector<pb::DataType>& types
) {
    grpc::ClientContext context;
    pb::ListInstrumentsResponse listed;
    const grpc::Status status = stub.ListInstruments(&context, {}, &listed);
    if (!status.ok()) Fail(status.error_message());
    pb::SubscribeRequest request;
    for (const pb::InstrumentEntry& entry : listed.instruments()) {
        for (const pb::DataType type : types) {
            pb::Series* series = request.add_series();
            *series->mutable_instrument() = entry.instrument();
            series->set_data_type(type);
        }
    }
    return request;
}

struct Seen {
    std::vector<double> micros;  // of events received after the warm-up
    uint64_t messages = 0;
};

Seen Follow(
    pb::MarketDataService::Stub& stub,
    const pb::SubscribeRequest& request,
    Clock::time_point begin,
    Clock::time_point end
) {
    grpc::ClientContext context;
    context.set_deadline(
        std::chrono::system_clock::now() +
        std::chrono::duration_cast<std::chrono::system_clock::duration>(end - Clock::now())
    );
    const auto stream = stub.Subscribe(&context, request);
    Seen seen;
    pb::SubscribeResponse response;
    while (stream->Read(&response)) {
        const mp::Nanos now = mp::DefaultClock().Now();
        if (Clock::now() < begin) continue;
        ++seen.messages;
        for (const pb::EventEntry& entry : response.entries()) {
            seen.micros.push_back(static_cast<double>(now - entry.event().received_ts()) / 1e3);
        }
    }
    const grpc::Status status = stream->Finish();
    if (status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED)
        Fail("the stream ended: " + status.error_message());
    return seen;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) Fail("usage: mp-bench-subscribe ADDRESS SECONDS [warm-up seconds] [types]");
    const double seconds = std::atof(argv[2]);
    const double warm_up = argc > 3 ? std::atof(argv[3]) : 2;
    const auto types = TypesOf(argc > 4 ? argv[4] : "1,2,4");
    const auto stub = pb::MarketDataService::NewStub(
        grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials())
    );
    const pb::SubscribeRequest request = Request(*stub, types);
    if (request.series().empty()) Fail("nothing is stored");

    const auto begin = Clock::now() + std::chrono::microseconds(int64_t(warm_up * 1e6));
    const auto end = begin + std::chrono::microseconds(int64_t(seconds * 1e6));
    Seen seen = Follow(*stub, request, begin, end);
    const auto events = static_cast<double>(seen.micros.size());
    mp::bench::Say("events", events / seconds, "events/s");
    mp::bench::Say("events a message", seen.messages == 0 ? 0 : events / double(seen.messages), "");
    mp::bench::Say("p50", mp::bench::Quantile(seen.micros, 0.50), "us");
    mp::bench::Say("p90", mp::bench::Quantile(seen.micros, 0.90), "us");
    mp::bench::Say("p99", mp::bench::Quantile(seen.micros, 0.99), "us");
    mp::bench::Say("max", mp::bench::Quantile(seen.micros, 1.0), "us");
}
