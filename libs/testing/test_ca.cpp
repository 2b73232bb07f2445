#include "testing/test_ca.hpp"

#include <atomic>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace mp::testing {
namespace {

struct CertificateFree {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Certificate = std::unique_ptr<X509, CertificateFree>;
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;

template <class Write>
std::string ToText(Write write) {
    BIO* bio = BIO_new(BIO_s_mem());
    write(bio);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(bio);
    return text;
}

std::string PemOf(X509* certificate) {
    return ToText([&](BIO* out) { PEM_write_bio_X509(out, certificate); });
}

std::string PemOf(EVP_PKEY* key) {
    return ToText([&](BIO* out) {
        PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
}

Certificate Draft(const TestCa::Request& request, EVP_PKEY* key) {
    static std::atomic<long> serial{1};
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), request.from.count());
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), request.until.count());
    X509_set_pubkey(certificate.get(), key);
    const auto* text = reinterpret_cast<const unsigned char*>(request.common_name.c_str());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0);
    return certificate;
}

void Extend(X509* certificate, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

}  // namespace

struct TestCa::State {
    Key key;
    Certificate certificate;
};

TestCa::TestCa(const std::string& name) : state_(std::make_unique<State>()) {
    state_->key.reset(EVP_EC_gen("P-256"));
    state_->certificate = Draft({.common_name = name}, state_->key.get());
    X509* const ca = state_->certificate.get();
    X509_set_issuer_name(ca, X509_get_subject_name(ca));
    Extend(ca, NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(ca, state_->key.get(), EVP_sha256());
    pem_ = PemOf(ca);
}

TestCa::~TestCa() = default;

TestCa::Issued TestCa::Issue(const Request& request) const {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = Draft(request, key.get());
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(state_->certificate.get()));
    Extend(certificate.get(), NID_subject_alt_name, request.names);
    X509_sign(certificate.get(), state_->key.get(), EVP_sha256());
    return {PemOf(certificate.get()), PemOf(key.get())};
}

}  // namespace mp::testing
