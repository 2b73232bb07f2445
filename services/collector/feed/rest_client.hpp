#pragma once
// REST calls to one venue: inside the budget that all collectors share, under a deadline, behind a
// circuit breaker per endpoint, measured. One executor's thread.

#include <map>
#include <string>
#include <utility>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "collector/capture/raw_capture.hpp"
#include "collector/metrics.hpp"
#include "collector/rest/budget.hpp"
#include "collector/venues/venue.hpp"
#include "net/http_client.hpp"
#include "reliability/circuit_breaker.hpp"
#include "reliability/metrics.hpp"
#include "runtime/task.hpp"

namespace mp::collector {

struct RestAnswer {
    std::string body;
    Nanos received_ts = 0;  // when it was read whole
};

class RestClient {
  public:
    // Everything outlives it. `recorder`: of answers; null: they are not recorded.
    // `recorded_clock`: times that mp-exchange-sim sends with recorded answers count as ours.
    RestClient(
        Executor executor,
        const Venue& venue,
        const VenueConfig& config,
        Budget& budget,
        CollectorMetrics& metrics,
        FrameRecorder* recorder,
        bool recorded_clock
    );

    // A 200; waits for its turn in the budget until `turn_by`, unless the breaker refuses. Errors
    // carry the venue's words and, where it said so, when to come back (RetryAfterOf):
    // ResourceExhausted for too many of them, InvalidArgument and NotFound for a request that it
    // does not understand, Unavailable for its own failures and an open breaker.
    Task<Result<RestAnswer>> Get(RestCall call, Deadline turn_by);

  private:
    Task<Result<RestAnswer>> Send(const RestCall& call);
    Nanos ReceivedAt(const net::HttpClientResponse& response) const;
    Task<Status> StatusOf(const net::HttpClientResponse& response);
    struct Breaker {
        Breaker(std::string name, telemetry::MetricRegistry& registry)
            : circuit(std::move(name), {}),
              readings(reliability::Expose(registry, circuit.name(), circuit)) {}

        reliability::CircuitBreaker circuit;
        reliability::Readings readings;
    };

    reliability::CircuitBreaker& BreakerOf(const std::string& endpoint);

    const Venue& venue_;
    const std::string name_;    // of the feed
    const std::string source_;  // label: the exchange
    CollectorMetrics& metrics_;
    FrameRecorder* const recorder_;
    const bool recorded_clock_;
    net::HttpClient http_;
    Budget& budget_;
    std::map<std::string, Breaker> breakers_;  // by endpoint
};

}  // namespace mp::collector
