#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "echo_service.hpp"
#include "rpc/client.hpp"
#include "rpc/peer_channel.hpp"
#include "rpc/server.hpp"
#include "testing/certificate_files.hpp"
#include "testing/run_task.hpp"

namespace mp::rpc {
namespace {

using namespace std::chrono_literals;
using testing::CertificateFiles;
using ::testing::HasSubstr;
using testing::TestCa;
using EchoClient = Client<pb::Echo>;
using Async = EchoClient::Async;

constexpr char kName[] = "echo-service";

TestCa::Request Named(const std::string& name) {
    return {.common_name = name, .names = "DNS:" + name};
}

// The certificates of one process.
struct Party {
    explicit Party(const TestCa& ca, const std::string& name = kName)
        : files(ca, Named(name)), credentials(Config(), metrics) {}

    tls::Config Config() const {
        tls::Config config;
        config.files = {files.certificate(), files.key(), files.ca()};
        config.clients = net::ClientCertificates::kRequired;
        config.material = std::make_shared<const tls::Material>(
            tls::Load(config.files, DefaultClock().Now()).material
        );
        return config;
    }

    CertificateFiles files;
    telemetry::MetricRegistry metrics;
    tls::Credentials credentials;
};

class RpcTls : public ::testing::Test {
  protected:
    RpcTls() {
        ServerOptions options;
        options.drain_timeout = 200ms;
        options.tls = &own_.credentials;
        auto started = Server::Start(options, dispatcher_, {Serve<pb::Echo>(service_)});
        EXPECT_TRUE(started.ok()) << started.status();
        server_ = *std::move(started);
    }

    PeerChannel ChannelOf(const Party& party, const std::string& name = kName) const {
        return PeerChannel(Target(), name, &party.credentials);
    }
    std::string Target() const { return "127.0.0.1:" + std::to_string(server_->port()); }
    Status Say(const std::shared_ptr<grpc::Channel>& channel) {
        EchoClient client(dispatcher_, channel);
        pb::Text text;
        text.set_text("hello");
        return runner_.Run(client.Call(&Async::Say, text, Deadline::After(20s))).status();
    }
    void Renew(Party& party, const TestCa& ca, const TestCa& trusted) {
        party.files.Put(ca.Issue(Named(kName)), trusted.pem());
        runner_.Run(party.credentials.Check());
    }

    const TestCa ca_;
    const TestCa next_{"next generation"};
    testing::TaskRunner runner_;
    Party own_{ca_};
    Dispatcher dispatcher_{runner_.executor()};
    EchoService service_{dispatcher_};
    std::unique_ptr<Server> server_;
};

TEST_F(RpcTls, IsSpokenBetweenThoseOfOneAuthority) {
    const Party caller(ca_, "caller");
    EXPECT_EQ(Say(ChannelOf(caller).Get()), OkStatus());
}

TEST_F(RpcTls, RefusesWhoShowsNoCertificateOrAForeignOne) {
    ChannelOptions options;
    options.server_name = kName;
    tls::Material trust_only;
    trust_only.ca = ca_.pem();
    options.tls = std::make_shared<const tls::Material>(trust_only);
    EXPECT_EQ(Say(MakeChannel(Target(), options)).code(), StatusCode::kUnavailable);

    const TestCa::Issued foreign = next_.Issue(Named("caller"));
    tls::Material other = trust_only;
    other.certificate = foreign.certificate;
    other.key = foreign.key;
    options.tls = std::make_shared<const tls::Material>(other);
    EXPECT_EQ(Say(MakeChannel(Target(), options)).code(), StatusCode::kUnavailable);
    EXPECT_EQ(Say(MakeChannel(Target())).code(), StatusCode::kUnavailable) << "plain";
}

TEST_F(RpcTls, RefusesServersThatAreOthersThanTheyShouldBe) {
    const Party stranger(next_, "caller");
    EXPECT_THAT(Say(ChannelOf(stranger).Get()).ToString(), HasSubstr("certificate verify failed"));
    const Party caller(ca_, "caller");
    const Status misled = Say(ChannelOf(caller, "storage").Get());
    EXPECT_THAT(misled.ToString(), HasSubstr("storage"));
}

TEST_F(RpcTls, TakesANewGenerationWhileOldConnectionsLiveOn) {
    Party caller(ca_, "caller");
    PeerChannel channel = ChannelOf(caller);
    const auto old = channel.Get();
    ASSERT_EQ(Say(old), OkStatus());
    EXPECT_EQ(channel.Get(), old);

    Renew(own_, next_, next_);
    EXPECT_EQ(Say(old), OkStatus()) << "on the connection that there is";
    const Party late(ca_, "caller");
    EXPECT_EQ(Say(ChannelOf(late).Get()).code(), StatusCode::kUnavailable);

    Renew(caller, next_, next_);
    const auto fresh = channel.Get();
    EXPECT_NE(fresh, old);
    EXPECT_EQ(Say(fresh), OkStatus());
}

}  // namespace
}  // namespace mp::rpc
