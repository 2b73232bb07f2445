#include "redis_stand.hpp"
#include "testing/certificate_files.hpp"
#include "testing/free_ports.hpp"
#include "tls/http.hpp"

namespace mp::redis {
namespace {

using testing::CertificateFiles;
using testing::TestCa;

// Before the stand, which starts the server with them.
struct Secured {
    TestCa ca;
    CertificateFiles files{ca};
    int port = testing::FreePorts<1>()[0];

    std::vector<std::string> Arguments() const {
        return {
            "--tls-port",
            std::to_string(port),
            "--tls-cert-file",
            files.certificate(),
            "--tls-key-file",
            files.key(),
            "--tls-ca-cert-file",
            files.ca()};
    }
};

// A server that wants a certificate of its clients, as Redis does unless told otherwise.
class RedisTls : protected Secured, public RedisStand {
  protected:
    RedisTls() : RedisStand(Secured::Arguments()) {}

    ConnectionConfig SecureConfig() const {
        ConnectionConfig config = Config();
        config.address = *ParseUrl("rediss://127.0.0.1:" + std::to_string(port));
        return config;
    }
    // Of a gateway that shows what `signer` issued and trusts the PEM text `trusted`.
    tls::Config Gateway(const TestCa& signer, const std::string& trusted) const {
        own.Put(signer.Issue(), trusted);
        tls::Config config;
        config.files = {own.certificate(), own.key(), own.ca()};
        config.material = std::make_shared<const tls::Material>(
            tls::Load(config.files, DefaultClock().Now()).material
        );
        return config;
    }
    bool Says(const Connection& redis, const std::string& words) {
        return Reached([&] { return redis.state().error.find(words) != std::string::npos; });
    }

    const TestCa foreign{"foreign CA"};
    const CertificateFiles own;
};

TEST_F(RedisTls, CarriesCommands) {
    tls::Credentials credentials(Gateway(ca, ca.pem()), metrics);
    Connection redis(runner.executor(), SecureConfig(), metrics, tls::ClientTls(credentials));
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis)) << redis.state().error;
    const std::string value(1 << 20, 'x');
    EXPECT_EQ(Text(redis, {"SET", "large", value}), "OK");
    EXPECT_EQ(Text(redis, {"GET", "large"}), value);
}

TEST_F(RedisTls, TrustsTheCaThatIsCurrent) {
    tls::Credentials credentials(Gateway(ca, foreign.pem()), metrics);
    Connection redis(runner.executor(), SecureConfig(), metrics, tls::ClientTls(credentials));
    const auto beside = runner.RunBeside(redis.Run());
    EXPECT_TRUE(Says(redis, "certificate verify failed")) << redis.state().error;
    EXPECT_FALSE(redis.state().connected);

    own.Put(ca.Issue(), ca.pem());
    runner.Run(credentials.Check());
    EXPECT_TRUE(Connected(redis)) << redis.state().error;
}

TEST_F(RedisTls, SaysThatItsCertificateIsRefused) {
    tls::Credentials credentials(Gateway(foreign, ca.pem()), metrics);
    Connection redis(runner.executor(), SecureConfig(), metrics, tls::ClientTls(credentials));
    const auto beside = runner.RunBeside(redis.Run());
    EXPECT_TRUE(Says(redis, "unknown ca")) << redis.state().error;
    EXPECT_FALSE(redis.state().connected);
}

TEST_F(RedisTls, IsNotSpokenToAPlainPort) {
    tls::Credentials credentials(Gateway(ca, ca.pem()), metrics);
    ConnectionConfig config = SecureConfig();
    config.address.port = static_cast<uint16_t>(server.port());
    config.connect_timeout = milliseconds(500);
    Connection redis(runner.executor(), config, metrics, tls::ClientTls(credentials));
    const auto beside = runner.RunBeside(redis.Run());
    EXPECT_TRUE(Says(redis, "TLS handshake")) << redis.state().error;
    EXPECT_FALSE(redis.state().connected);
}

}  // namespace
}  // namespace mp::redis
