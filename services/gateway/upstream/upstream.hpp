#pragma once
// Another service as the gateway calls it. Calls, streams that the gateway reads and streams that
// its clients read at their own pace have a bulkhead each; late reads are asked a second time, of
// another instance where there is one. Reads end (Unavailable) when their instance leaves the
// registry instead of waiting for their deadline; what has an effect is heard out. One io_context
// thread; the dispatcher, the directory, the registry of metrics and the certificates outlive it,
// and the directory reports to it as long as it runs.

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.hpp"
#include "gateway/upstream/endpoints.hpp"
#include "gateway/upstream/hedge.hpp"
#include "gateway/upstream/latency_window.hpp"
#include "gateway/upstream/request_context.hpp"
#include "gateway/upstream/while_listed.hpp"
#include "registry/directory.hpp"
#include "reliability/bulkhead.hpp"
#include "reliability/metrics.hpp"
#include "reliability/retry_budget.hpp"
#include "rpc/client.hpp"
#include "rpc/traced.hpp"
#include "runtime/task.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::gateway {

struct UpstreamConfig {
    int failure_threshold = 5;
    Duration open_for = std::chrono::seconds(60);
    size_t max_calls = 64;     // at a time; four times as many may wait for their turn
    size_t max_streams = 256;  // likewise, in either line
    // A read is asked again after this, or after the p95 of the last calls where that is longer.
    // 0: never.
    Duration hedge_after = std::chrono::milliseconds(100);
    double hedge_share = 0.1;  // of the reads, at most
};

template <class Service>
class Upstream {
  public:
    using Client = rpc::Client<Service>;
    template <class Request, class Response>
    using Method = typename Client::template UnaryMethod<Request, Response>;

    Upstream(
        std::string_view service,
        UpstreamConfig config,
        const rpc::Dispatcher& dispatcher,
        registry::Directory& directory,
        telemetry::MetricRegistry& metrics,
        const tls::Credentials* tls = nullptr
    )
        : service_(service),
          config_(config),
          endpoints_(
              service_,
              {config.failure_threshold, config.open_for},
              dispatcher,
              directory,
              metrics,
              tls
          ),
          calls_(service_, {config.max_calls, 4 * config.max_calls}),
          streams_(service_ + "-streams", {config.max_streams, config.max_streams}),
          relays_(service_ + "-relays", {config.max_streams, config.max_streams}),
          hedges_(config.hedge_share),
          hedged_(metrics
                      .Counters(
                          "marketprism_hedged_calls_total",
                          "Reads that were asked a second time because the answer was late.",
                          {"upstream"}
                      )
                      .With({service_})),
          calls_readings_(reliability::Expose(metrics, calls_.name(), calls_)),
          streams_readings_(reliability::Expose(metrics, streams_.name(), streams_)),
          relays_readings_(reliability::Expose(metrics, relays_.name(), relays_)),
          hedges_readings_(reliability::Expose(metrics, service_, hedges_)) {}
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;

    // Asked once: for what has an effect. Unavailable, naming the service, when no instance lives,
    // its breaker is open or too much is under way.
    template <class Request, class Response>
    Task<Result<Response>> Call(
        Method<Request, Response> method, Request request, RequestContext context
    ) {
        const auto slot = co_await Enter(calls_, context.deadline);
        if (!slot.ok()) co_return slot.status();
        const Result<EndpointRef> endpoint = endpoints_.Pick();
        if (!endpoint.ok()) co_return Noted(Result<Response>(endpoint.status()));
        co_return Noted(
            co_await CallOn<Request, Response>(*endpoint, method, std::move(request), context)
        );
    }

    // Asked of one instance after another until one answers something else than NotFound: for what
    // some of them know.
    template <class Request, class Response>
    Task<Result<Response>> CallWhereFound(
        Method<Request, Response> method, Request request, RequestContext context
    ) {
        const auto slot = co_await Enter(calls_, context.deadline);
        if (!slot.ok()) co_return slot.status();
        const Result<EndpointRef> endpoint = endpoints_.Pick();
        if (!endpoint.ok()) co_return Noted(Result<Response>(endpoint.status()));
        Result<Response> result =
            co_await CallOn<Request, Response>(*endpoint, method, request, context);
        for (const EndpointRef& other : endpoints_.OthersThan(*endpoint)) {
            if (!absl::IsNotFound(result.status())) break;
            result = co_await CallOn<Request, Response>(other, method, request, context);
        }
        co_return Noted(std::move(result));
    }

    // Asked a second time where the answer is late.
    template <class Request, class Response>
    Task<Result<Response>> Read(
        Method<Request, Response> method, Request request, RequestContext context
    ) {
        const auto slot = co_await Enter(calls_, context.deadline);
        if (!slot.ok()) co_return slot.status();
        const auto attempt = [=, this](EndpointRef endpoint) {
            runtime::Event& gone = endpoint->gone;
            Task<Result<Response>> asked =
                CallOn<Request, Response>(endpoint, method, request, context);
            return WhileListed(std::move(endpoint), gone, std::move(asked));
        };
        co_return Noted(co_await MaybeTwice<Result<Response>>(attempt, latencies_, context));
    }

  private:
    using EndpointRef = typename Endpoints<Service>::Ref;

    // A streaming call whose first message has come, or which has ended well without one.
    struct Opened {
        EndpointRef endpoint;
        rpc::RawClientStream messages;
        grpc::ByteBuffer first;
        bool has_first = false;
    };

  public:
    // Messages that stay bytes.
    class Stream {
      public:
        Stream(Upstream& upstream, reliability::Bulkhead::Slot slot, Opened opened)
            : upstream_(&upstream), slot_(std::move(slot)), opened_(std::move(opened)) {}

        // True: `message` is the next one. False: that was all.
        Task<Result<bool>> Next(grpc::ByteBuffer& message) {
            if (std::exchange(opened_.has_first, false)) {
                message.Swap(&opened_.first);
                co_return true;
            }
            Result<bool> more = co_await WhileListed(
                opened_.endpoint, opened_.endpoint->gone, opened_.messages.Read(message)
            );
            if (!more.ok()) upstream_->Note(more.status());
            co_return more;
        }

      private:
        Upstream* upstream_;
        reliability::Bulkhead::Slot slot_;
        Opened opened_;
    };

    // Whom a stream may keep waiting: those read by the gateway, or those read by its clients.
    enum class Line : uint8_t { kStreams, kRelays };

    // A read: opened a second time where the first message is late.
    template <class Request>
    Task<Result<Stream>> Open(
        std::string method, Request request, RequestContext context, Line line = Line::kStreams
    ) {
        auto slot = co_await Enter(line == Line::kStreams ? streams_ : relays_, context.deadline);
        if (!slot.ok()) co_return slot.status();
        const auto attempt = [=, this](EndpointRef endpoint) {
            runtime::Event& gone = endpoint->gone;
            Task<Result<Opened>> asked = OpenOn<Request>(endpoint, method, request, context);
            return WhileListed(std::move(endpoint), gone, std::move(asked));
        };
        auto opened = co_await MaybeTwice<Result<Opened>>(attempt, first_messages_, context);
        Note(opened.status());
        if (!opened.ok()) co_return opened.status();
        co_return Stream(*this, std::move(*slot), std::move(*opened));
    }

    // Nobody to ask, or somebody who was asked just now could not be reached.
    bool away() const {
        const bool failing = failed_ && std::chrono::steady_clock::now() - *failed_ < kJustNow;
        return failing || !endpoints_.listed();
    }

    const std::string& service() const { return service_; }

  private:
    static rpc::CallOptions OptionsOf(const RequestContext& context) {
        if (!context.trace) return {context.deadline};
        return rpc::Traced(context.deadline, *context.trace);
    }

    // A full line says nothing about the caller: it is the upstream that cannot take more.
    Task<Result<reliability::Bulkhead::Slot>> Enter(
        reliability::Bulkhead& bulkhead, Deadline deadline
    ) {
        auto slot = co_await bulkhead.Enter(deadline);
        if (absl::IsResourceExhausted(slot.status())) {
            co_return absl::UnavailableError(service_ + " has too much to do");
        }
        co_return std::move(slot);
    }

    template <class Request, class Response>
    Task<Result<Response>> CallOn(
        EndpointRef endpoint,
        Method<Request, Response> method,
        Request request,
        RequestContext context
    ) {
        auto permit = endpoint->breaker.Allow();
        if (!permit.ok()) co_return permit.status();
        const auto began = std::chrono::steady_clock::now();
        Result<Response> result =
            co_await endpoint->client.Call(method, std::move(request), OptionsOf(context));
        permit->Report(result.status());
        if (result.ok()) latencies_.Add(std::chrono::steady_clock::now() - began);
        co_return result;
    }

    template <class Request>
    Task<Result<Opened>> OpenOn(
        EndpointRef endpoint, std::string method, Request request, RequestContext context
    ) {
        auto permit = endpoint->breaker.Allow();
        if (!permit.ok()) co_return permit.status();
        const auto began = std::chrono::steady_clock::now();
        rpc::RawClientStream messages =
            endpoint->client.OpenRaw(method, request, OptionsOf(context));
        grpc::ByteBuffer first;
        const Result<bool> came = co_await messages.Read(first);
        permit->Report(came.status());
        if (!came.ok()) co_return came.status();
        first_messages_.Add(std::chrono::steady_clock::now() - began);
        co_return Opened{std::move(endpoint), std::move(messages), std::move(first), *came};
    }

    // `attempt` asks one endpoint: Task<R>(EndpointRef), without effect. R is a Result.
    template <class R, class Attempt>
    Task<R> MaybeTwice(Attempt attempt, const LatencyWindow& latencies, RequestContext context) {
        const Result<EndpointRef> endpoint = endpoints_.Pick();
        if (!endpoint.ok()) co_return endpoint.status();
        Task<R> first = attempt(*endpoint);
        const Duration delay = std::max(config_.hedge_after, latencies.p95());
        if (config_.hedge_after.count() == 0 || delay >= context.deadline.Left()) {
            co_return co_await std::move(first);
        }
        hedges_.OnCall();
        std::function<Task<R>()> second = [this, attempt, tried = *endpoint] {
            return Again<R>(attempt, tried);
        };
        co_return co_await Hedged(std::move(first), std::move(second), delay);
    }

    template <class R, class Attempt>
    Task<R> Again(Attempt attempt, EndpointRef tried) {
        // The first attempt then decides.
        if (!hedges_.TakeRetry()) co_return absl::UnavailableError("no second attempt");
        hedged_.Add();
        Task<R> asked = attempt(endpoints_.PickOther(tried));
        co_return co_await std::move(asked);
    }

    // What away() goes by.
    const Status& Note(const Status& status) {
        failed_.reset();
        if (absl::IsUnavailable(status)) failed_ = std::chrono::steady_clock::now();
        return status;
    }

    template <class Response>
    Result<Response> Noted(Result<Response> result) {
        Note(result.status());
        return result;
    }

    static constexpr std::chrono::seconds kJustNow{5};

    const std::string service_;
    const UpstreamConfig config_;
    Endpoints<Service> endpoints_;
    reliability::Bulkhead calls_;
    reliability::Bulkhead streams_;
    reliability::Bulkhead relays_;
    reliability::RetryBudget hedges_;
    telemetry::Counter hedged_;
    LatencyWindow latencies_;       // of calls
    LatencyWindow first_messages_;  // of streams
    // When the last one who was asked could not be reached. It says nothing for long: where
    // answers are kept, nobody may be asked again for an hour.
    std::optional<std::chrono::steady_clock::time_point> failed_;
    reliability::Readings calls_readings_;
    reliability::Readings streams_readings_;
    reliability::Readings relays_readings_;
    reliability::Readings hedges_readings_;
};

}  // namespace mp::gateway
