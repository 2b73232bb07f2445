#pragma once
// A certificate for localhost and 127.0.0.1, made for this run, that is its own CA.

#include <cstdio>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string>

#include "testing/temp_dir.hpp"

namespace mp::net {

class TestCertificate {
  public:
    TestCertificate() {
        EVP_PKEY* key = EVP_EC_gen("P-256");
        X509* certificate = X509_new();
        X509_set_version(certificate, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_set_pubkey(certificate, key);
        X509_NAME* name = X509_get_subject_name(certificate);
        const auto* text = reinterpret_cast<const unsigned char*>("localhost");
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
        X509_set_issuer_name(certificate, name);
        Extend(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
        Extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
        X509_sign(certificate, key, EVP_sha256());
        Write(certificate_file(), [&](FILE* file) { PEM_write_X509(file, certificate); });
        Write(key_file(), [&](FILE* file) {
            PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
        });
        X509_free(certificate);
        EVP_PKEY_free(key);
    }

    std::string certificate_file() const { return (folder_.path() / "certificate.pem").string(); }
    std::string key_file() const { return (folder_.path() / "key.pem").string(); }

  private:
    static void Extend(X509* certificate, int nid, const char* value) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }
    template <class F>
    static void Write(const std::string& path, F write) {
        FILE* file = std::fopen(path.c_str(), "w");
        write(file);
        std::fclose(file);
    }

    testing::TempDir folder_;
};

}  // namespace mp::net
