#include "net/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "runtime/sleep.hpp"
#include "testing/run_task.hpp"
#include "testing/test_ca.hpp"

namespace mp::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::TestCa;

Deadline Soon() {
    return Deadline::After(10s);
}

// A server with a certificate of `ca_` that asks its clients for one.
class HttpTls : public ::testing::Test {
  protected:
    HttpTls() : HttpTls(ClientCertificates::kNone) {}
    explicit HttpTls(ClientCertificates clients)
        : context_(ServerOf(ca_, clients)), serving_(runner_.RunBeside(Listen())) {}

    static TlsContext ServerOf(const TestCa& ca, ClientCertificates clients) {
        const TestCa::Issued own = ca.Issue();
        return *TlsContext::MakeServer({own.certificate, own.key, ca.pem(), clients});
    }
    static HttpClientOptions Trusting(const TestCa& ca) {
        HttpClientOptions options;
        options.tls = *TlsContext::MakeClient({.ca = ca.pem()});
        return options;
    }
    static HttpClientOptions Showing(const TestCa& trusted, const TestCa& signer) {
        const TestCa::Issued own = signer.Issue({.common_name = "client"});
        HttpClientOptions options;
        options.tls = *TlsContext::MakeClient(
            {.ca = trusted.pem(), .certificate = own.certificate, .key = own.key}
        );
        return options;
    }

    Result<HttpClientResponse> Get(HttpClient& client, const std::string& host = "localhost") {
        const std::string url = "https://" + host + ":" + std::to_string(server_->port()) + "/big";
        return runner_.Run(client.Send({HttpMethod::kGet, url, {}, ""}, Soon()));
    }
    Result<HttpClientResponse> GetWith(
        HttpClientOptions options, const std::string& host = "localhost"
    ) {
        HttpClient client(runner_.executor(), std::move(options));
        return Get(client, host);
    }

    // The server notices after the client.
    Task<> Failures(uint64_t count) {
        while (server_->stats().tls_failures < count) co_await runtime::Sleep(1ms);
    }

    const TestCa ca_;
    const TestCa foreign_{"foreign CA"};
    testing::TaskRunner runner_;
    TlsContext context_;
    std::optional<HttpServer> server_;

  private:
    Task<Status> Listen() {
        Router router;
        router.Get("/big", [](const HttpRequest&) -> Task<HttpResponse> {
            co_return HttpResponse{.body = std::string(3 << 20, 'b')};
        });
        HttpServerOptions options;
        options.tls = context_;
        server_.emplace(*HttpServer::Listen(runner_.executor(), options, std::move(router)));
        return server_->Run();
    }

    testing::TaskRunner::Beside serving_;
};

class HttpMutualTls : public HttpTls {
  protected:
    HttpMutualTls() : HttpTls(ClientCertificates::kRequired) {}
};

TEST_F(HttpTls, IsSpokenByNameAndByAddress) {
    for (const std::string host : {"localhost", "127.0.0.1"}) {
        const auto response = GetWith(Trusting(ca_), host);
        ASSERT_TRUE(response.ok()) << response.status();
        EXPECT_EQ(response->body.size(), size_t{3 << 20});
    }
}

TEST_F(HttpTls, SaysWhyTheServerIsNotTrusted) {
    for (const HttpClientOptions& options : {Trusting(foreign_), HttpClientOptions()}) {
        const auto response = GetWith(options);
        EXPECT_EQ(response.status().code(), StatusCode::kUnavailable);
        EXPECT_THAT(response.status().ToString(), HasSubstr("TLS handshake"));
        EXPECT_THAT(response.status().ToString(), HasSubstr("unable to get local issuer"));
    }
}

TEST_F(HttpTls, SaysThatTheNameIsAnothers) {
    const TestCa::Issued own = ca_.Issue({.names = "DNS:elsewhere"});
    context_.Replace(*TlsContext::MakeServer({own.certificate, own.key}));
    EXPECT_THAT(GetWith(Trusting(ca_)).status().ToString(), HasSubstr("ostname mismatch"));
    EXPECT_THAT(
        GetWith(Trusting(ca_), "127.0.0.1").status().ToString(), HasSubstr("IP address mismatch")
    );
}

TEST_F(HttpTls, TakesNewCertificatesForNewConnectionsOnly) {
    HttpClient before(runner_.executor(), Trusting(ca_));
    ASSERT_TRUE(Get(before).ok());
    context_.Replace(ServerOf(foreign_, ClientCertificates::kNone));
    EXPECT_TRUE(Get(before).ok()) << "its connection lives on";
    EXPECT_EQ(server_->stats().connections_accepted, 1u);
    EXPECT_TRUE(GetWith(Trusting(foreign_)).ok());
    EXPECT_FALSE(GetWith(Trusting(ca_)).ok());
}

TEST_F(HttpMutualTls, LetsInWhoShowsACertificate) {
    const auto response = GetWith(Showing(ca_, ca_));
    EXPECT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(server_->stats().tls_failures, 0u);
}

TEST_F(HttpMutualTls, TellsWhoShowsNoneOrAForeignOne) {
    EXPECT_THAT(GetWith(Trusting(ca_)).status().ToString(), HasSubstr("certificate required"));
    EXPECT_THAT(GetWith(Showing(ca_, foreign_)).status().ToString(), HasSubstr("unknown ca"));
    runner_.Run(Failures(2));
}

TEST(TlsContextText, SaysWhatCannotBeUsed) {
    const TestCa ca;
    EXPECT_THAT(
        TlsContext::MakeServer({"none", ca.Issue().key}).status().ToString(),
        HasSubstr("certificate: ")
    );
    EXPECT_THAT(
        TlsContext::MakeServer({ca.Issue().certificate, ca.Issue().key}).status().ToString(),
        HasSubstr("key: ")
    );
}

}  // namespace
}  // namespace mp::net
