#pragma once
// Upstreams that are named by URL (COLLECTOR_URL, STORAGE_URL) instead of by the registry: asks
// each one's /health every second for its gRPC port and tells the directory, as long as it answers.
// Whoever answers https must have a certificate for the URL's host.
// One io_context thread; what it references outlives it.

#include <vector>

#include "net/http_client.hpp"
#include "registry/directory.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

struct NamedUpstream {
    registry::Instance instance;  // as registry::FixedInstance makes it
    bool secure = false;          // its health port speaks TLS
};

class UrlUpstreams {
  public:
    UrlUpstreams(
        net::HttpClient& client, registry::Directory& directory, std::vector<NamedUpstream> named
    )
        : client_(client), directory_(directory), named_(std::move(named)) {}

    // Until cancelled.
    Task<Status> Run();

  private:
    Task<Status> Follow(NamedUpstream named);
    // What answers at the address now.
    Task<Result<registry::Instance>> Ask(const NamedUpstream& named);

    net::HttpClient& client_;
    registry::Directory& directory_;
    const std::vector<NamedUpstream> named_;
};

}  // namespace mp::gateway
