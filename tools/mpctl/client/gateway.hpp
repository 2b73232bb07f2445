#pragma once
// The gateway's REST API, and the HTTP ports of the services that it names. One io_context thread.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.hpp"
#include "base/duration.hpp"
#include "base/status.hpp"
#include "mpctl/client/json.hpp"
#include "net/http_client.hpp"
#include "net/http_headers.hpp"
#include "net/tls.hpp"
#include "runtime/task.hpp"

namespace mp::mpctl {

struct GatewayOptions {
    std::string url = "http://127.0.0.1:8000";
    std::string key;  // empty: none
    Duration timeout = std::chrono::seconds(30);
    std::optional<net::TlsContext> tls;  // for https; the system's CAs where absent
};

// Parameters with an empty value are left out.
using Query = std::vector<std::pair<std::string, std::string>>;

struct Answer {
    int status = 0;
    net::HttpHeaders headers;
    std::string body;
    Json json;  // null where the body is no JSON
};

class Gateway {
  public:
    Gateway(Executor executor, GatewayOptions options);

    // `path` begins with '/'. An answer other than 2xx is an error with the gateway's own words;
    // Unreachable (client/failure.hpp) where there was none.
    Task<Result<Answer>> Get(std::string path, Query query);
    Task<Result<Answer>> Get(std::string path) { return Get(std::move(path), Query()); }
    Task<Result<Answer>> Post(std::string path, Json body);
    Task<Result<Answer>> Post(std::string path) { return Post(std::move(path), Json::object()); }

    // Any address; any status is an answer.
    Task<Result<Answer>> Fetch(std::string url, Deadline deadline);

    const GatewayOptions& options() const { return options_; }
    // Whether the gateway is asked over TLS.
    bool secure() const;
    // "ws://host:port" for "http://host:port".
    std::string WebSocketUrl() const;
    // The header that carries the key, if there is one.
    net::HttpHeaders KeyHeaders() const;

  private:
    Task<Result<Answer>> Send(net::HttpClientRequest request);

    const GatewayOptions options_;
    net::HttpClient http_;
};

// The error that an answer other than 2xx stands for.
Status ErrorOf(const Answer& answer);

}  // namespace mp::mpctl
