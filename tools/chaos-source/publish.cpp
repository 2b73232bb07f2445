#include "chaos-source/publish.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nats/nats.h>
#include <random>
#include <thread>

#include "wire/batch.hpp"

namespace mp::chaos {
namespace {

constexpr size_t kEvents = 200;    // of a message
constexpr uint32_t kShards = 8;    // as the stream has
constexpr size_t kShuffled = 128;  // messages that may overtake each other
constexpr int64_t kPending = 1024;
constexpr int64_t kPatience = 30'000;  // ms

void Check(natsStatus status, const char* what) {
    if (status == NATS_OK) return;
    std::fprintf(stderr, "mp-chaos-source: %s: %s\n", what, natsStatus_GetText(status));
    std::exit(1);
}

class Stream {
  public:
    Stream(const std::string& url, double per_second) : per_second_(per_second) {
        Check(natsConnection_ConnectTo(&connection_, url.c_str()), url.c_str());
        jsOptions options;
        Check(jsOptions_Init(&options), "options");
        options.PublishAsync.MaxPending = kPending;
        options.PublishAsync.StallWait = kPatience;
        options.PublishAsync.ErrHandler = [](jsCtx*, jsPubAckErr* refused, void*) {
            std::fprintf(stderr, "mp-chaos-source: refused: %s\n", refused->ErrText);
            std::exit(1);
        };
        Check(natsConnection_JetStream(&context_, connection_, &options), "JetStream");
    }
    ~Stream() {
        jsCtx_Destroy(context_);
        natsConnection_Destroy(connection_);
        nats_Close();
    }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void Send(const std::string& subject, const std::string& body) {
        const int size = static_cast<int>(body.size());
        Check(js_PublishAsync(context_, subject.c_str(), body.data(), size, nullptr), "publish");
        ++sent_;
        if (per_second_ == 0) return;
        const std::chrono::duration<double> due(static_cast<double>(sent_) / per_second_);
        std::this_thread::sleep_until(begun_ + std::chrono::duration_cast<Clock::duration>(due));
    }
    uint64_t Finish() {
        Check(js_PublishAsyncComplete(context_, nullptr), "acknowledgements");
        return sent_;
    }

  private:
    using Clock = std::chrono::steady_clock;

    const double per_second_;
    const Clock::time_point begun_ = Clock::now();
    natsConnection* connection_ = nullptr;
    jsCtx* context_ = nullptr;
    uint64_t sent_ = 0;
};

struct Message {
    std::string subject;
    std::string body;
    bool again = false;
};

}  // namespace

uint64_t Publish(Market& market, const PublishOptions& options) {
    Stream stream(options.url, options.per_second);
    std::mt19937_64 random(options.seed);
    std::vector<Message> waiting;
    const auto send_any = [&] {
        std::swap(waiting[random() % waiting.size()], waiting.back());
        Message message = std::move(waiting.back());
        waiting.pop_back();
        stream.Send(message.subject, message.body);
        if (message.again || random() % 8 != 0) return;
        message.again = true;
        waiting.push_back(std::move(message));
    };
    std::map<std::string, wire::BatchBuilder> builders;
    const auto take = [&](const std::string& subject, wire::BatchBuilder& builder) {
        Message& message = waiting.emplace_back();
        message.subject = subject;
        builder.Finish(message.body);
        while (waiting.size() > kShuffled) send_any();
    };
    for (uint64_t number = 0; number < options.events; ++number) {
        const auto [series, event] = market.Place(number);
        const model::Series& of = market.series()[series];
        const std::string subject = model::Subject(of, kShards);
        wire::BatchBuilder& builder = builders.try_emplace(subject, "chaos").first->second;
        builder.Add(of.instrument, market.Make(series, event));
        if (builder.count() == kEvents) take(subject, builder);
    }
    for (auto& [subject, builder] : builders) {
        if (!builder.empty()) take(subject, builder);
    }
    while (!waiting.empty()) send_any();
    return stream.Finish();
}

}  // namespace mp::chaos
