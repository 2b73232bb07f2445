// The rate at which one plain cnats client publishes to a file-backed stream, asynchronously and
// with nothing else to do. usage: mp-bench-jetstream URL [messages] [bytes] [pending]

#include <cstdlib>
#include <nats/nats.h>
#include <string>

#include "bench/figures.hpp"

namespace {

constexpr const char* kStream = "BENCH";
constexpr const char* kSubject = "bench.messages";
constexpr int64_t kPatience = 10'000;  // ms, for room in the window

void Check(natsStatus status, const char* what) {
    if (status == NATS_OK) return;
    std::fprintf(stderr, "mp-bench-jetstream: %s: %s\n", what, natsStatus_GetText(status));
    std::exit(1);
}

void MakeStream(jsCtx* context) {
    const char* subjects[] = {"bench.>"};
    jsStreamConfig config;
    Check(jsStreamConfig_Init(&config), "stream");
    config.Name = kStream;
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.Storage = js_FileStorage;
    jsErrCode ignored;
    js_DeleteStream(context, kStream, nullptr, &ignored);
    Check(js_AddStream(nullptr, context, &config, nullptr, &ignored), "stream");
}

double Publish(jsCtx* context, int messages, const std::string& body) {
    const auto begin = mp::bench::Clock::now();
    const int size = static_cast<int>(body.size());
    for (int i = 0; i < messages; ++i) {
        Check(js_PublishAsync(context, kSubject, body.data(), size, nullptr), "publish");
    }
    Check(js_PublishAsyncComplete(context, nullptr), "acknowledgements");
    return messages / mp::bench::SecondsSince(begin);
}

}  // namespace

int main(int argc, char** argv) {
    const char* url = argc > 1 ? argv[1] : "nats://127.0.0.1:4222";
    const int messages = argc > 2 ? std::atoi(argv[2]) : 500'000;
    const int bytes = argc > 3 ? std::atoi(argv[3]) : 200;
    const int pending = argc > 4 ? std::atoi(argv[4]) : 4096;

    natsConnection* connection = nullptr;
    Check(natsConnection_ConnectTo(&connection, url), url);
    jsOptions options;
    Check(jsOptions_Init(&options), "options");
    options.PublishAsync.MaxPending = pending;
    options.PublishAsync.StallWait = kPatience;
    jsCtx* context = nullptr;
    Check(natsConnection_JetStream(&context, connection, &options), "JetStream");

    MakeStream(context);
    const std::string body(static_cast<size_t>(bytes), 'x');
    mp::bench::Say("publish", Publish(context, messages, body), "msg/s");

    jsErrCode ignored;
    js_DeleteStream(context, kStream, nullptr, &ignored);
    jsCtx_Destroy(context);
    natsConnection_Destroy(connection);
    nats_Close();
}
