#pragma once
// REST calls to one venue: inside the budget that all collectors share, under a deadline, behind a
// circuit breaker per endpoint, measured. One executor's thread.

#include <map>
#include <memory>
#include <string>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "collector/capture/raw_capture.hpp"
#include "collector/metrics.hpp"
#include "collector/rest/budget.hpp"
#include "collector/venues/venue.hpp"
#include "net/http_client.hpp"
#include "reliability/circuit_breaker.hpp"
#include "runtime/task.hpp"

namespace mp::collector {

class RestClient {
  public:
    // Everything outlives it. `recorder`: of answers; null: they are not recorded.
    RestClient(
        Executor executor,
        const Venue& venue,
        std::string source,
        Budget& budget,
        CollectorMetrics& metrics,
        FrameRecorder* recorder
    );

    // The body of a 200; waits for its turn in the budget until `turn_by`. Errors carry the venue's
    // words and, where it said so, when to come back (RetryAfterOf): ResourceExhausted for 429 and
    // 418, InvalidArgument and NotFound for a request that it does not understand, Unavailable for
    // its own failures and an open breaker.
    Task<Result<std::string>> Get(RestCall call, Deadline turn_by);

  private:
    Task<Result<std::string>> Send(const RestCall& call);
    Task<Status> StatusOf(const net::HttpClientResponse& response);
    reliability::CircuitBreaker& BreakerOf(const std::string& endpoint);

    const Venue& venue_;
    const std::string source_;  // label: the exchange
    CollectorMetrics& metrics_;
    FrameRecorder* const recorder_;
    net::HttpClient http_;
    Budget& budget_;
    std::map<std::string, std::unique_ptr<reliability::CircuitBreaker>> breakers_;
};

}  // namespace mp::collector
