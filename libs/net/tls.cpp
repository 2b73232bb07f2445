#include "net/tls.hpp"

#include <openssl/ssl.h>

#include "net/text.hpp"
#include "net/tls_impl.hpp"

namespace mp::net {
namespace {

namespace ssl = boost::asio::ssl;
using ErrorCode = boost::system::error_code;

Status Unusable(std::string_view what, const std::string& file, const ErrorCode& error) {
    return absl::InvalidArgumentError(Text(what, " \"", file, "\": ", error.message()));
}

}  // namespace

Result<TlsContext> TlsContext::MakeClient(const TlsClientOptions& options) {
    auto impl = std::make_shared<Impl>(ssl::context::tls_client);
    ErrorCode error;
    SSL_CTX_set_min_proto_version(impl->context.native_handle(), TLS1_2_VERSION);
    impl->context.set_default_verify_paths(error);
    if (error) {
        return absl::InternalError(Text("system CA certificates: ", error.message()));
    }
    if (!options.ca_file.empty()) {
        impl->context.load_verify_file(options.ca_file, error);
        if (error) return Unusable("CA file", options.ca_file, error);
    }
    impl->verify = options.verify;
    impl->context.set_verify_mode(options.verify ? ssl::verify_peer : ssl::verify_none, error);
    return TlsContext(std::move(impl));
}

Result<TlsContext> TlsContext::MakeServer(const TlsServerOptions& options) {
    auto impl = std::make_shared<Impl>(ssl::context::tls_server);
    ErrorCode error;
    SSL_CTX_set_min_proto_version(impl->context.native_handle(), TLS1_2_VERSION);
    impl->context.use_certificate_chain_file(options.certificate_file, error);
    if (error) return Unusable("certificate file", options.certificate_file, error);
    impl->context.use_private_key_file(options.key_file, ssl::context::pem, error);
    if (error) return Unusable("key file", options.key_file, error);
    return TlsContext(std::move(impl));
}

}  // namespace mp::net
