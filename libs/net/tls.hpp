#pragma once
// Certificates for connections, loaded once and shared by them. A value: copies share what is
// loaded, also what Replace() puts in its place. On the thread of whoever uses it.

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.hpp"

namespace mp::net {

// PEM texts.
struct TlsClientOptions {
    std::string ca;           // whom it trusts; empty: the system's CAs
    std::string certificate;  // shown to servers that ask for one, with `key`
    std::string key;
    bool verify = true;  // false accepts any certificate: for tests against a known peer only
};

// What a server asks of its clients. Whoever shows a certificate that the CA has not signed is
// refused, asked or required.
enum class ClientCertificates : uint8_t { kNone, kOptional, kRequired };

// PEM texts.
struct TlsServerOptions {
    std::string certificate;  // the chain with the own first
    std::string key;
    std::string client_ca;  // who signs clients' certificates
    ClientCertificates clients = ClientCertificates::kNone;
};

class TlsContext {
  public:
    // Verifies the peer's chain, and its name against the host. TLS 1.2 is the least.
    static Result<TlsContext> MakeClient(const TlsClientOptions& options = {});
    static Result<TlsContext> MakeServer(const TlsServerOptions& options);

    // New connections of whoever has a copy of this one use what `fresh` was made from.
    void Replace(const TlsContext& fresh) const;

    struct Impl;
    const std::shared_ptr<Impl>& impl() const { return impl_; }  // for libs/net itself

  private:
    explicit TlsContext(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

    std::shared_ptr<Impl> impl_;  // shared: connections may outlive whoever made it
};

}  // namespace mp::net
