#include "tls/config.hpp"

#include <chrono>
#include <utility>

#include "base/time.hpp"

namespace mp::tls {
namespace {

using net::ClientCertificates;

void CheckTogether(config::Reader& section, const Files& files) {
    if (files.certificate.empty() != files.key.empty()) {
        section.Fail(
            files.certificate.empty() ? "key_file" : "certificate_file",
            "tls.certificate_file and tls.key_file go together"
        );
    }
}

}  // namespace

void Read(config::Reader& root, Config* config) {
    config::Reader section = root.Section("tls");
    section.Get("certificate_file", &config->files.certificate);
    section.Get("key_file", &config->files.key);
    section.Get("ca_file", &config->files.ca);
    section.GetEnum(
        "clients",
        &config->clients,
        {{"none", ClientCertificates::kNone},
         {"optional", ClientCertificates::kOptional},
         {"required", ClientCertificates::kRequired}}
    );
    section.Get("http", &config->http);
    section.Get(
        "check_every",
        &config->check_every,
        config::Between(Duration(std::chrono::milliseconds(100)), Duration(std::chrono::hours(24)))
    );
    CheckTogether(section, config->files);
    if (!config->files.certificate.empty() && config->files.ca.empty() &&
        config->clients != ClientCertificates::kNone) {
        section.Fail("clients", "certificates of clients need tls.ca_file; `none` asks for none");
    }
    if (config->files.empty()) return;
    Loaded loaded = Load(config->files, DefaultClock().Now());
    for (const Fault& fault : loaded.faults) section.Fail(fault.key, fault.what);
    if (loaded.faults.empty()) {
        config->material = std::make_shared<const Material>(std::move(loaded.material));
    }
}

}  // namespace mp::tls
