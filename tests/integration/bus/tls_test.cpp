#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>

#include "bus/connection.hpp"
#include "bus/probe.hpp"
#include "runtime/sleep.hpp"
#include "testing/certificate_files.hpp"
#include "testing/nats_server.hpp"
#include "testing/run_task.hpp"

namespace mp::bus {
namespace {

using namespace std::chrono_literals;
using testing::CertificateFiles;
using ::testing::HasSubstr;
using testing::TestCa;

// A broker that wants certificates of its clients, and a client.
class BusTls : public ::testing::Test {
  protected:
    BusTls() : broker_(BrokerOptions(broker_files_)), credentials_(ClientConfig(files_), metrics_) {
        EXPECT_EQ(broker_.Start(), OkStatus()) << broker_.log();
        connection_.emplace(runner_.executor(), Config(), &credentials_);
    }

    static testing::NatsServer::Options BrokerOptions(const CertificateFiles& files) {
        testing::NatsServer::Options options;
        options.extra_config = "tls { cert_file: \"" + files.certificate() + "\", key_file: \"" +
                               files.key() + "\", ca_file: \"" + files.ca() +
                               "\", verify: true, timeout: 5 }";
        return options;
    }
    static tls::Config ClientConfig(const CertificateFiles& files) {
        tls::Config config;
        config.files = {files.certificate(), files.key(), files.ca()};
        config.material = std::make_shared<const tls::Material>(
            tls::Load(config.files, DefaultClock().Now()).material
        );
        return config;
    }
    ConnectionConfig Config() const {
        ConnectionConfig config;
        config.url = "tls://127.0.0.1:" + std::to_string(broker_.port());
        config.connect_timeout = 10s;
        config.reconnect_min = 20ms;
        config.reconnect_max = 100ms;
        return config;
    }

    template <typename Condition>
    bool Reached(Condition condition) {
        return runner_.Run(Wait(condition, Deadline::After(20s)));
    }
    template <typename Condition>
    static Task<bool> Wait(Condition condition, Deadline deadline) {
        while (!condition()) {
            if (deadline.Passed()) co_return condition();
            co_await runtime::Sleep(1ms);
        }
        co_return true;
    }

    const TestCa ca_;
    const TestCa next_{"next generation"};
    const CertificateFiles broker_files_{ca_};
    const CertificateFiles files_{ca_, {.common_name = "client"}};
    testing::NatsServer broker_;
    testing::TaskRunner runner_;
    telemetry::MetricRegistry metrics_;
    tls::Credentials credentials_;
    std::optional<Connection> connection_;
};

TEST_F(BusTls, CarriesWhatIsLargerThanARecord) {
    ASSERT_EQ(runner_.Run(connection_->Connect()), OkStatus());
    const std::string large(1 << 20, 'x');
    size_t got = 0;
    auto subscribed = connection_->Subscribe("large", [&](std::span<Message> burst) {
        for (const Message& message : burst) got += message.payload() == large ? 1 : 0;
    });
    for (int i = 0; i < 20; ++i) ASSERT_EQ(connection_->Publish("large", large), OkStatus());
    EXPECT_EQ(runner_.Run(connection_->Flush(Deadline::After(20s))), OkStatus());
    EXPECT_EQ(got, 20u);
}

TEST_F(BusTls, ComesBackToABrokerOfANewGeneration) {
    ASSERT_EQ(runner_.Run(connection_->Connect()), OkStatus());
    broker_.Stop();
    broker_files_.Put(next_.Issue(), next_.pem());
    ASSERT_EQ(broker_.Start(), OkStatus());
    ASSERT_TRUE(Reached([&] { return !connection_->state().connected; }));
    const Status lost = runner_.Run(Probe(*connection_)());
    EXPECT_THAT(lost.ToString(), HasSubstr("lost"));
    files_.Put(next_.Issue({.common_name = "client"}), next_.pem());
    runner_.Run(credentials_.Check());
    EXPECT_TRUE(Reached([&] { return connection_->state().reconnects == 1; }));
}

TEST_F(BusTls, SaysWhyTheBrokerIsNotTrusted) {
    files_.Put(ca_.Issue({.common_name = "client"}), next_.pem());
    runner_.Run(credentials_.Check());
    const auto connecting = runner_.RunBeside(connection_->Connect());
    ASSERT_TRUE(Reached([&] {
        return connection_->state().error.find("accepted") != std::string::npos;
    })) << connection_->state().error;
    EXPECT_THAT(
        connection_->state().error,
        HasSubstr(
            "the broker's certificate (/CN=localhost) is not accepted: unable to get local issuer"
        )
    );
    const Status probed = runner_.Run(Probe(*connection_)());
    EXPECT_EQ(probed.message(), connection_->state().error + " (" + Config().url + ")");

    files_.Put(ca_.Issue({.common_name = "client"}), ca_.pem());
    runner_.Run(credentials_.Check());
    EXPECT_TRUE(Reached([&] { return connection_->state().connected; }));
}

// A certificate of the right authority, of somebody else.
TEST_F(BusTls, RefusesABrokerWhoseCertificateIsAnotherHosts) {
    broker_.Stop();
    broker_files_.Put(
        ca_.Issue({.common_name = "elsewhere", .names = "DNS:elsewhere,IP:192.0.2.1"}), ca_.pem()
    );
    ASSERT_EQ(broker_.Start(), OkStatus());
    const auto connecting = runner_.RunBeside(connection_->Connect());
    EXPECT_TRUE(Reached([&] {
        return connection_->state().error.find("mismatch") != std::string::npos;
    })) << connection_->state().error;
    EXPECT_THAT(connection_->state().error, HasSubstr("(/CN=elsewhere) is not accepted"));
    EXPECT_FALSE(connection_->state().connected);

    broker_.Stop();
    broker_files_.Put(ca_.Issue(), ca_.pem());
    ASSERT_EQ(broker_.Start(), OkStatus());
    EXPECT_TRUE(Reached([&] { return connection_->state().connected; }));
}

TEST_F(BusTls, SaysThatTheBrokerWantsAnotherCertificate) {
    files_.Put(next_.Issue({.common_name = "client"}), ca_.pem());
    runner_.Run(credentials_.Check());
    const auto connecting = runner_.RunBeside(connection_->Connect());
    EXPECT_TRUE(Reached([&] {
        const std::string& error = connection_->state().error;
        return error.find("the broker refuses us: bad certificate") != std::string::npos;
    })) << connection_->state().error;
}

}  // namespace
}  // namespace mp::bus
