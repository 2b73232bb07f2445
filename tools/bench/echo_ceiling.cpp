// The latency of a bare gRPC echo: callback server in a process of its own, one call outstanding,
// loopback TCP. usage: mp-bench-echo [calls] [bytes]

#include <cstdlib>
#include <grpcpp/grpcpp.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "bench/figures.hpp"
#include "echo.grpc.pb.h"

namespace {

using marketprism::bench::Body;
using marketprism::bench::Echo;

constexpr int kWarmUp = 2000;

[[noreturn]] void Fail(const std::string& why) {
    std::fprintf(stderr, "mp-bench-echo: %s\n", why.c_str());
    std::exit(1);
}

class Server final : public Echo::CallbackService {
    grpc::ServerUnaryReactor* Unary(
        grpc::CallbackServerContext* context, const Body* request, Body* response
    ) override {
        response->set_bytes(request->bytes());
        grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }
};

// Tells its port through the pipe and serves until it is killed.
[[noreturn]] void Serve(int pipe) {
    Server service;
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    const auto server = builder.BuildAndStart();
    if (write(pipe, &port, sizeof(port)) != sizeof(port)) Fail("no pipe");
    server->Wait();
    std::exit(0);
}

void Call(Echo::Stub& stub, const Body& request) {
    grpc::ClientContext context;
    Body response;
    const grpc::Status status = stub.Unary(&context, request, &response);
    if (!status.ok()) Fail(status.error_message());
}

void Measure(int port, int calls, size_t bytes) {
    const auto stub = Echo::NewStub(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials())
    );
    Body request;
    request.set_bytes(std::string(bytes, 'x'));
    for (int i = 0; i < kWarmUp; ++i) Call(*stub, request);
    std::vector<double> micros;
    for (int i = 0; i < calls; ++i) {
        const auto begin = mp::bench::Clock::now();
        Call(*stub, request);
        micros.push_back(mp::bench::SecondsSince(begin) * 1e6);
    }
    mp::bench::Say("echo p50", mp::bench::Quantile(micros, 0.50), "us");
    mp::bench::Say("echo p99", mp::bench::Quantile(micros, 0.99), "us");
}

}  // namespace

int main(int argc, char** argv) {
    const int calls = argc > 1 ? std::atoi(argv[1]) : 20'000;
    const size_t bytes = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 200;
    int ends[2];
    if (pipe(ends) != 0) Fail("no pipe");
    // Before this process has touched gRPC, which does not survive a fork.
    const pid_t child = fork();
    if (child == 0) Serve(ends[1]);
    int port = 0;
    if (read(ends[0], &port, sizeof(port)) != sizeof(port)) Fail("the server did not start");
    Measure(port, calls, bytes);
    kill(child, SIGTERM);
    waitpid(child, nullptr, 0);
}
