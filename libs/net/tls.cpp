#include "net/tls.hpp"

#include <openssl/ssl.h>

#include "net/text.hpp"
#include "net/tls_impl.hpp"

namespace mp::net {
namespace {

namespace ssl = boost::asio::ssl;
using ErrorCode = boost::system::error_code;
using Context = std::shared_ptr<ssl::context>;

Status Unusable(std::string_view what, const ErrorCode& error) {
    if (!error) return OkStatus();
    return absl::InvalidArgumentError(Text(what, ": ", error.message()));
}

Context MakeContext(ssl::context::method method) {
    auto context = std::make_shared<ssl::context>(method);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    return context;
}

// What the certificate's file holds, and no CA that is trusted beside it.
Status Show(ssl::context& context, const std::string& certificate, const std::string& key) {
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_NO_AUTO_CHAIN);
    ErrorCode error;
    context.use_certificate_chain(boost::asio::buffer(certificate), error);
    if (error) return Unusable("certificate", error);
    context.use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
    return Unusable("key", error);
}

Status Trust(ssl::context& context, const std::string& ca) {
    ErrorCode error;
    if (ca.empty()) {
        context.set_default_verify_paths(error);
        return Unusable("the system's CA certificates", error);
    }
    context.add_certificate_authority(boost::asio::buffer(ca), error);
    return Unusable("CA certificates", error);
}

Status AskClients(ssl::context& context, const TlsServerOptions& options) {
    if (options.clients == ClientCertificates::kNone) return OkStatus();
    MP_RETURN_IF_ERROR(Trust(context, options.client_ca));
    ssl::verify_mode mode = ssl::verify_peer;
    if (options.clients == ClientCertificates::kRequired) mode |= ssl::verify_fail_if_no_peer_cert;
    ErrorCode error;
    context.set_verify_mode(mode, error);
    // Without it OpenSSL refuses clients that come back.
    constexpr unsigned char kName[] = "marketprism";
    SSL_CTX_set_session_id_context(context.native_handle(), kName, sizeof kName - 1);
    return Unusable("clients' certificates", error);
}

}  // namespace

Result<TlsContext> TlsContext::MakeClient(const TlsClientOptions& options) {
    auto impl = std::make_shared<Impl>();
    impl->context = MakeContext(ssl::context::tls_client);
    impl->verify = options.verify;
    MP_RETURN_IF_ERROR(Trust(*impl->context, options.ca));
    if (!options.certificate.empty()) {
        MP_RETURN_IF_ERROR(Show(*impl->context, options.certificate, options.key));
    }
    ErrorCode error;
    impl->context->set_verify_mode(options.verify ? ssl::verify_peer : ssl::verify_none, error);
    return TlsContext(std::move(impl));
}

Result<TlsContext> TlsContext::MakeServer(const TlsServerOptions& options) {
    auto impl = std::make_shared<Impl>();
    impl->context = MakeContext(ssl::context::tls_server);
    MP_RETURN_IF_ERROR(Show(*impl->context, options.certificate, options.key));
    MP_RETURN_IF_ERROR(AskClients(*impl->context, options));
    return TlsContext(std::move(impl));
}

void TlsContext::Replace(const TlsContext& fresh) const {
    *impl_ = *fresh.impl_;
}

}  // namespace mp::net
