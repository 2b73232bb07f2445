#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/engines/clickhouse/client.hpp"
#include "testing/certificate_files.hpp"
#include "testing/clickhouse_server.hpp"
#include "testing/run_task.hpp"

namespace mp::storage::clickhouse {
namespace {

using testing::CertificateFiles;
using ::testing::HasSubstr;
using testing::TestCa;

tls::Config TrustingOnly(const CertificateFiles& files) {
    tls::Config config;
    config.files.ca = files.ca();
    config.material =
        std::make_shared<const tls::Material>(tls::Load(config.files, DefaultClock().Now()).material
        );
    return config;
}

TEST(ClickHouseTls, IsSpokenByTheCaThatIsCurrent) {
    if (!testing::ClickHouseServer::Installed()) GTEST_SKIP() << "no clickhouse-server";
    const TestCa ca;
    const TestCa foreign("foreign CA");
    const TestCa::Issued own = ca.Issue();
    const CertificateFiles files(ca);
    testing::ClickHouseServer server;
    server.set_certificate(files.certificate(), files.key());
    ASSERT_EQ(server.Start(), OkStatus());

    telemetry::MetricRegistry metrics;
    testing::TaskRunner runner;
    files.Put(own, foreign.pem());
    tls::Credentials credentials(TrustingOnly(files), metrics);
    ClientConfig config;
    config.url = server.secure_url();
    config.tls = &credentials;
    const Client client(config);
    const auto refused = client.QueryServer("SELECT 1");
    EXPECT_EQ(refused.status().code(), StatusCode::kUnavailable);
    EXPECT_THAT(refused.status().ToString(), HasSubstr("unable to get local issuer certificate"));

    files.Put(own, ca.pem());
    runner.Run(credentials.Check());
    const auto answer = client.QueryServer("SELECT 1");
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(*answer, "1\n");

    files.Put(own, foreign.pem());
    runner.Run(credentials.Check());
    EXPECT_FALSE(client.QueryServer("SELECT 1").ok()) << "no open connection is used any more";
}

TEST(ClickHouseTls, IsRefusedWhereTheCertificateIsAnotherHosts) {
    if (!testing::ClickHouseServer::Installed()) GTEST_SKIP() << "no clickhouse-server";
    const TestCa ca;
    const CertificateFiles files(ca, {.common_name = "elsewhere", .names = "DNS:elsewhere"});
    testing::ClickHouseServer server;
    server.set_certificate(files.certificate(), files.key());
    ASSERT_EQ(server.Start(), OkStatus());
    telemetry::MetricRegistry metrics;
    const tls::Credentials credentials(TrustingOnly(files), metrics);
    ClientConfig config;
    config.url = server.secure_url();
    config.tls = &credentials;
    const auto refused = Client(config).QueryServer("SELECT 1");
    EXPECT_EQ(refused.status().code(), StatusCode::kUnavailable);
    EXPECT_THAT(refused.status().ToString(), HasSubstr("127.0.0.1"));
    EXPECT_THAT(refused.status().ToString(), HasSubstr("subject"));
}

}  // namespace
}  // namespace mp::storage::clickhouse
