#include "tls/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml.hpp"
#include "testing/certificate_files.hpp"

namespace mp::tls {
namespace {

using namespace std::chrono_literals;
using testing::CertificateFiles;
using ::testing::HasSubstr;
using testing::TestCa;

class TlsConfig : public ::testing::Test {
  protected:
    Status Read(const std::string& yaml) {
        const auto tree = config::ParseYaml(yaml, {.source = "test.yaml"});
        if (!tree.ok()) return tree.status();
        config_ = {};
        config::Reader reader(*tree);
        tls::Read(reader, &config_);
        return reader.Finish();
    }
    Status ReadFiles(const std::string& more = "") {
        return Read(
            "tls:\n  certificate_file: " + files_.certificate() + "\n  key_file: " + files_.key() +
            "\n  ca_file: " + files_.ca() + "\n" + more
        );
    }
    std::string FaultOf(const TestCa::Issued& own, const std::string& ca) {
        files_.Put(own, ca);
        return std::string(ReadFiles().message());
    }

    const TestCa ca_;
    const CertificateFiles files_{ca_};
    Config config_;
};

TEST_F(TlsConfig, IsOffWhereNothingIsNamed) {
    EXPECT_EQ(Read("other: 1\n").code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(Read("tls: {clients: required}\n"), OkStatus());
    EXPECT_EQ(config_.material, nullptr);
}

TEST_F(TlsConfig, AsksForCertificatesOnlyWithACa) {
    const std::string own = "tls:\n  certificate_file: " + files_.certificate() +
                            "\n  key_file: " + files_.key() + "\n";
    EXPECT_THAT(
        std::string(Read(own + "  clients: required\n").message()), HasSubstr("tls.clients")
    );
    EXPECT_EQ(Read(own + "  clients: none\n"), OkStatus());
}

TEST_F(TlsConfig, ReadsWhatTheFilesHold) {
    ASSERT_EQ(ReadFiles("  clients: optional\n  http: true\n"), OkStatus());
    ASSERT_NE(config_.material, nullptr);
    EXPECT_EQ(config_.material->ca, ca_.pem());
    EXPECT_EQ(config_.clients, net::ClientCertificates::kOptional);
    EXPECT_TRUE(config_.http);
    const Nanos left = *config_.material->certificate_expires - DefaultClock().Now();
    EXPECT_GT(left, 3000 * kSecond);
    EXPECT_LE(left, 3600 * kSecond);
}

TEST_F(TlsConfig, NamesFileAndFault) {
    const TestCa::Issued own = ca_.Issue();
    const auto fault = [&](std::string certificate, std::string key, std::string ca) {
        return FaultOf({std::move(certificate), std::move(key)}, ca);
    };
    EXPECT_THAT(
        fault("no certificate", own.key, ca_.pem()),
        HasSubstr("test.yaml:2: tls.certificate_file: " + files_.certificate() + " holds no PEM")
    );
    EXPECT_THAT(
        fault(own.certificate, "no key", ca_.pem()),
        HasSubstr("test.yaml:3: tls.key_file: " + files_.key() + " holds no PEM private key")
    );
    EXPECT_THAT(
        fault(own.certificate, own.key, "no CA"),
        HasSubstr("test.yaml:4: tls.ca_file: " + files_.ca() + " holds no PEM certificate")
    );
    EXPECT_THAT(fault(own.certificate, own.key, ""), HasSubstr(files_.ca() + " is empty"));
    EXPECT_THAT(
        fault(own.certificate, ca_.Issue().key, ca_.pem()),
        HasSubstr("does not fit the certificate in " + files_.certificate())
    );
}

TEST_F(TlsConfig, NamesCertificatesOutOfTheirTime) {
    const TestCa::Issued expired = ca_.Issue({.from = -2h, .until = -1h});
    EXPECT_THAT(FaultOf(expired, ca_.pem()), HasSubstr("(/CN=localhost) expired at 20"));
    const TestCa::Issued early = ca_.Issue({.from = 1h, .until = 2h});
    EXPECT_THAT(FaultOf(early, ca_.pem()), HasSubstr("(/CN=localhost) is not valid before 20"));
}

TEST_F(TlsConfig, NamesMissingFilesAllAtOnce) {
    const Status read =
        Read("tls: {certificate_file: /nowhere/own.pem, key_file: /nowhere/own.key}\n");
    EXPECT_THAT(
        read.message(),
        HasSubstr("tls.certificate_file: cannot read /nowhere/own.pem: No such file or directory")
    );
    EXPECT_THAT(read.message(), HasSubstr("tls.key_file: cannot read /nowhere/own.key"));
    EXPECT_THAT(
        Read("tls: {certificate_file: " + files_.certificate() + "}\n").message(),
        HasSubstr("tls.certificate_file and tls.key_file go together")
    );
}

}  // namespace
}  // namespace mp::tls
