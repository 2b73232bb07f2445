#include "rpc/security.hpp"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include "base/mutex.hpp"

namespace mp::rpc {
namespace {

grpc_ssl_client_certificate_request_type RequestType(net::ClientCertificates clients) {
    switch (clients) {
        case net::ClientCertificates::kOptional:
            return GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY;
        case net::ClientCertificates::kRequired:
            return GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
        case net::ClientCertificates::kNone:
            break;
    }
    return GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE;
}

// gRPC's C++ interface takes certificates once; its C interface asks for them at every connection.
class CurrentCertificates final : public grpc::ServerCredentials {
  public:
    explicit CurrentCertificates(const tls::Credentials& tls)
        : tls_(tls),
          raw_(grpc_ssl_server_credentials_create_with_options(
              grpc_ssl_server_credentials_create_options_using_config_fetcher(
                  RequestType(tls.clients()), Fetch, this
              )
          )) {}
    ~CurrentCertificates() override { grpc_server_credentials_release(raw_); }
    CurrentCertificates(const CurrentCertificates&) = delete;
    CurrentCertificates& operator=(const CurrentCertificates&) = delete;

    void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

  private:
    int AddPortToServer(const std::string& address, grpc_server* server) override {
        return grpc_server_add_http2_port(server, address.c_str(), raw_);
    }

    // On gRPC's threads.
    static grpc_ssl_certificate_config_reload_status Fetch(
        void* self, grpc_ssl_server_certificate_config** config
    ) {
        return static_cast<CurrentCertificates*>(self)->FetchInto(config);
    }

    grpc_ssl_certificate_config_reload_status FetchInto(grpc_ssl_server_certificate_config** config)
        ABSL_LOCKS_EXCLUDED(mutex_) {
        const std::shared_ptr<const tls::Material> current = tls_.Current();
        const MutexLock lock(mutex_);
        if (current == given_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
        grpc_ssl_pem_key_cert_pair pair;
        pair.private_key = current->key.c_str();
        pair.cert_chain = current->certificate.c_str();
        const char* const ca = current->ca.empty() ? nullptr : current->ca.c_str();
        *config = grpc_ssl_server_certificate_config_create(ca, &pair, 1);
        given_ = current;
        return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
    }

    const tls::Credentials& tls_;
    Mutex mutex_;
    std::shared_ptr<const tls::Material> given_ ABSL_GUARDED_BY(mutex_);
    grpc_server_credentials* const raw_;  // last: it may ask at once
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const tls::Credentials* tls) {
    if (tls == nullptr || !tls->serves()) return grpc::InsecureServerCredentials();
    return std::make_shared<CurrentCertificates>(*tls);
}

}  // namespace mp::rpc
