#include "tls/http.hpp"

namespace mp::tls {
namespace {

// What Load() has checked OpenSSL takes.
net::TlsContext ServerContext(const Material& material, net::ClientCertificates clients) {
    return net::TlsContext::MakeServer({.certificate = material.certificate,
                                        .key = material.key,
                                        .client_ca = material.ca,
                                        .clients = clients})
        .value();
}

net::TlsContext ClientContext(const Material& material) {
    return net::TlsContext::MakeClient(
               {.ca = material.ca, .certificate = material.certificate, .key = material.key}
    )
        .value();
}

}  // namespace

std::optional<net::TlsContext> HttpServerTls(Credentials& credentials) {
    if (!credentials.serves() || !credentials.config().http) return std::nullopt;
    const net::TlsContext context = ServerContext(*credentials.Current(), credentials.clients());
    credentials.OnChange([context, clients = credentials.clients()](const Material& fresh) {
        context.Replace(ServerContext(fresh, clients));
    });
    return context;
}

net::TlsContext ClientTls(Credentials& credentials) {
    const net::TlsContext context = ClientContext(*credentials.Current());
    credentials.OnChange([context](const Material& fresh) { context.Replace(ClientContext(fresh)); }
    );
    return context;
}

}  // namespace mp::tls
