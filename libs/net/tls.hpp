#pragma once
// TLS settings, read once and shared by connections. A value: copies share one loaded context.

#include <memory>
#include <string>

#include "base/status.hpp"

namespace mp::net {

struct TlsClientOptions {
    std::string ca_file;  // more trusted certificates (PEM), beside the system's
    bool verify = true;   // false accepts any certificate: for tests against a known peer only
};

struct TlsServerOptions {
    std::string certificate_file;  // PEM, the chain with the leaf first
    std::string key_file;          // PEM
};

class TlsContext {
  public:
    // Verifies the peer's chain against the system's CAs and its name against the host.
    static Result<TlsContext> MakeClient(const TlsClientOptions& options = {});
    // The error names the file that cannot be used.
    static Result<TlsContext> MakeServer(const TlsServerOptions& options);

    struct Impl;
    const std::shared_ptr<Impl>& impl() const { return impl_; }  // for libs/net itself

  private:
    explicit TlsContext(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

    std::shared_ptr<Impl> impl_;  // shared: connections may outlive whoever made it
};

}  // namespace mp::net
