#include "config/service_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml.hpp"

namespace mp::config {
namespace {

using ::testing::HasSubstr;

Status ReadFrom(const std::string& text, ServiceConfig* config) {
    config->name = "api-gateway-service";
    const auto tree = ParseYaml(text, {.source = "test.yaml"});
    if (!tree.ok()) return tree.status();
    Reader reader(*tree);
    Read(reader, config, {"api-gateway"});
    return reader.Finish();
}

TEST(ServiceConfig, ListensAtAddressesAndAtLocalhost) {
    for (const char* host : {"127.0.0.1", "0.0.0.0", "\"::\"", "\"::1\"", "fe80::1"}) {
        ServiceConfig config;
        const std::string text = std::string("http: {host: ") + host + "}\n";
        EXPECT_TRUE(ReadFrom(text, &config).ok()) << host;
    }
    ServiceConfig config;
    ASSERT_TRUE(ReadFrom("http: {host: localhost}\ngrpc: {host: localhost}\n", &config).ok());
    EXPECT_EQ(config.http.host, "127.0.0.1");
    EXPECT_EQ(config.grpc.host, "127.0.0.1");
    EXPECT_EQ(config.advertise_host, "127.0.0.1");
}

TEST(ServiceConfig, RefusesOtherNamesForBothPorts) {
    ServiceConfig config;
    const std::string said(
        ReadFrom("http:\n  host: nosuchhost\ngrpc:\n  host: 127.0.0.1:80\n", &config).message()
    );
    EXPECT_THAT(said, HasSubstr("test.yaml:2: http.host: must be an IP address"));
    EXPECT_THAT(said, HasSubstr("or localhost, got nosuchhost"));
    EXPECT_THAT(said, HasSubstr("test.yaml:4: grpc.host: must be an IP address"));
    EXPECT_FALSE(ReadFrom("http: {host: \"\"}\n", &config).ok());
}

TEST(ServiceConfig, IsReleasedUnderItsProgramsVersionOrAnother) {
    ServiceConfig config;
    ASSERT_TRUE(ReadFrom("service: {zone: a}\n", &config).ok());
    EXPECT_EQ(config.version, MP_VERSION);
    ASSERT_TRUE(ReadFrom("service: {version: 2.1.0-rc.1+b7}\n", &config).ok());
    EXPECT_EQ(config.version, "2.1.0-rc.1+b7");
    for (const char* version : {"\"\"", "\"1.0 {}\"", "\"a\\nb\""}) {
        const std::string text = std::string("service: {version: ") + version + "}\n";
        EXPECT_THAT(ReadFrom(text, &config).message(), HasSubstr("service.version: must be"));
    }
}

TEST(ServiceConfig, WantsTwoPorts) {
    ServiceConfig config;
    const Status same = ReadFrom("http: {port: 8000}\ngrpc: {port: 8000}\n", &config);
    EXPECT_THAT(same.message(), HasSubstr("grpc.port: is also http.port"));
    EXPECT_TRUE(ReadFrom("http: {port: 0}\ngrpc: {port: 0}\n", &config).ok());
}

TEST(ServiceConfig, IsCalledByItsOwnNameOrAnAlias) {
    for (const char* name : {"api-gateway-service", "api-gateway"}) {
        ServiceConfig config;
        const std::string text = std::string("service: {name: ") + name + "}\n";
        ASSERT_TRUE(ReadFrom(text, &config).ok()) << name;
        EXPECT_EQ(config.name, "api-gateway-service");
    }
    for (const char* name : {"bogus", "scheduler-service", "\"\""}) {
        ServiceConfig config;
        const std::string text = std::string("service: {name: ") + name + "}\n";
        EXPECT_THAT(
            ReadFrom(text, &config).message(),
            HasSubstr("service.name: must be one of api-gateway-service, api-gateway, got ")
        ) << name;
    }
}

}  // namespace
}  // namespace mp::config
