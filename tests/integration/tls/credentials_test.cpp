#include "tls/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/certificate_files.hpp"
#include "testing/run_task.hpp"

namespace mp::tls {
namespace {

using testing::CertificateFiles;
using ::testing::HasSubstr;
using testing::TestCa;

class TlsCredentials : public ::testing::Test {
  protected:
    TlsCredentials() {
        credentials_.OnChange([this](const Material& fresh) { told_ = fresh.certificate; });
    }

    static Config ConfigOf(const CertificateFiles& files) {
        Config config;
        config.files = {files.certificate(), files.key(), files.ca()};
        config.clients = net::ClientCertificates::kRequired;
        config.material =
            std::make_shared<const Material>(Load(config.files, DefaultClock().Now()).material);
        return config;
    }
    void Look() { runner_.Run(credentials_.Check()); }
    std::string Shown() const { return metrics_.ToText(); }

    const TestCa ca_;
    const CertificateFiles files_{ca_};
    testing::TaskRunner runner_;
    telemetry::MetricRegistry metrics_;
    Credentials credentials_{ConfigOf(files_), metrics_};
    std::string told_;
};

TEST_F(TlsCredentials, TakeUpReplacedFiles) {
    const auto before = credentials_.Current();
    Look();
    EXPECT_EQ(credentials_.Current(), before);

    const TestCa other("next generation");
    const TestCa::Issued fresh = other.Issue({.until = std::chrono::hours(48)});
    files_.Put(fresh, other.pem());
    Look();
    EXPECT_EQ(credentials_.Current()->certificate, fresh.certificate);
    EXPECT_EQ(credentials_.Current()->ca, other.pem());
    EXPECT_EQ(told_, fresh.certificate);
    EXPECT_THAT(Shown(), HasSubstr("marketprism_tls_reloads_total{outcome=\"taken\"} 1"));
    EXPECT_THAT(Shown(), HasSubstr("marketprism_tls_files_refused 0"));
    EXPECT_THAT(
        Shown(),
        HasSubstr("marketprism_tls_certificate_expiry_timestamp_seconds{certificate=\"own\"}")
    );
}

TEST_F(TlsCredentials, RefuseWhatCannotBeUsedAndKeepTheOld) {
    const auto before = credentials_.Current();
    files_.Put({ca_.Issue().certificate, ca_.Issue().key}, ca_.pem());
    Look();
    EXPECT_THAT(Shown(), HasSubstr("marketprism_tls_files_refused 0")) << "perhaps being written";
    Look();
    Look();
    EXPECT_EQ(credentials_.Current(), before);
    EXPECT_EQ(told_, "");
    EXPECT_THAT(Shown(), HasSubstr("marketprism_tls_reloads_total{outcome=\"refused\"} 1"));
    EXPECT_THAT(Shown(), HasSubstr("marketprism_tls_files_refused 1"));

    const TestCa::Issued mended = ca_.Issue();
    files_.Put(mended, ca_.pem());
    Look();
    EXPECT_EQ(credentials_.Current()->certificate, mended.certificate);
    EXPECT_THAT(Shown(), HasSubstr("marketprism_tls_files_refused 0"));
}

TEST(TlsOff, ShowsItsMetricsAndEndsAtOnce) {
    telemetry::MetricRegistry metrics;
    Credentials off({}, metrics);
    EXPECT_FALSE(off.serves());
    EXPECT_EQ(off.clients(), net::ClientCertificates::kNone);
    EXPECT_EQ(testing::RunTask(off.Run()), OkStatus());
    EXPECT_THAT(metrics.ToText(), HasSubstr("marketprism_tls_reloads_total{outcome=\"taken\"} 0"));
}

}  // namespace
}  // namespace mp::tls
