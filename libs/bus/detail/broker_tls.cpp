#include "bus/detail/broker_tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <utility>

namespace mp::bus::detail {
namespace {

template <auto Function>
struct FreeBy {
    template <typename T>
    void operator()(T* object) const {
        Function(object);
    }
};
void FreeAll(STACK_OF(X509) * certificates) {
    sk_X509_pop_free(certificates, X509_free);
}
using Bio = std::unique_ptr<BIO, FreeBy<BIO_free>>;
using Certificates = std::unique_ptr<STACK_OF(X509), FreeBy<FreeAll>>;
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;

Bio OpenText(const std::string& text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Certificates Parse(const std::string& text) {
    Certificates all(sk_X509_new_null());
    const Bio bio = OpenText(text);
    while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
        sk_X509_push(all.get(), one);
    }
    ERR_clear_error();
    return all;
}

// The library keeps its SSL_CTX to itself; OpenSSL tells who asks of every one that is made.
thread_local SSL_CTX* made_last = nullptr;

void OnMade(void* context, void*, CRYPTO_EX_DATA*, int, long, void*) {
    made_last = static_cast<SSL_CTX*>(context);
}

void OnFreed(void*, void* held, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<std::shared_ptr<BrokerTls>*>(held);
}

// Of a slot in each SSL_CTX that keeps what its callbacks use.
int Slot() {
    static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, OnMade, nullptr, OnFreed);
    return slot;
}

// The broker's certificate is judged by the CA that is current.
int Verify(X509_STORE_CTX* presented, void* self) {
    auto& tls = *static_cast<BrokerTls*>(self);
    bool gone = false;
    const auto current = tls.Current(gone);
    if (gone) return 0;
    Certificates trusted;
    if (current != nullptr && !current->ca.empty()) {
        trusted = Parse(current->ca);
        X509_STORE_CTX_set0_trusted_stack(presented, trusted.get());
    }
    const int good = X509_verify_cert(presented);
    if (good == 1) {
        tls.Forget();
        return 1;
    }
    char name[256] = {};
    if (X509* certificate = X509_STORE_CTX_get_current_cert(presented)) {
        X509_NAME_oneline(X509_get_subject_name(certificate), name, sizeof name);
    }
    const int why = X509_STORE_CTX_get_error(presented);
    tls.SetRefused(
        std::string(": the broker's certificate (") + name +
        ") is not accepted: " + X509_verify_cert_error_string(why)
    );
    return good;
}

// What the broker says of ours comes as an alert, under TLS 1.3 behind the handshake.
void OnAlert(const SSL* ssl, int where, int alert) {
    if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT || (alert >> 8) != SSL3_AL_FATAL) return;
    const void* held = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), Slot());
    const auto& tls = *static_cast<const std::shared_ptr<BrokerTls>*>(held);
    tls->SetRefused(std::string(": the broker refuses us: ") + SSL_alert_desc_string_long(alert));
}

// The broker asks for our certificate.
int ShowCertificate(SSL* ssl, void* self) {
    bool gone = false;
    const auto current = static_cast<BrokerTls*>(self)->Current(gone);
    if (gone) return 0;
    if (current == nullptr || current->certificate.empty()) return 1;
    const Certificates chain = Parse(current->certificate);
    X509* const own = sk_X509_shift(chain.get());
    const Bio bio = OpenText(current->key);
    const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    const int shown = SSL_use_cert_and_key(ssl, own, key.get(), chain.get(), 1);
    X509_free(own);
    return shown;
}

}  // namespace

natsStatus BrokerTls::Install(const std::shared_ptr<BrokerTls>& tls, natsOptions* options) {
    const int slot = Slot();
    made_last = nullptr;
    const natsStatus status = natsOptions_SetSecure(options, true);
    SSL_CTX* const context = std::exchange(made_last, nullptr);
    if (status != NATS_OK || tls == nullptr) return status;
    if (context == nullptr) return NATS_SSL_ERROR;
    SSL_CTX_set_ex_data(context, slot, new std::shared_ptr<BrokerTls>(tls));
    SSL_CTX_set_cert_verify_callback(context, Verify, tls.get());
    SSL_CTX_set_info_callback(context, OnAlert);
    SSL_CTX_set_cert_cb(context, ShowCertificate, tls.get());
    return NATS_OK;
}

void BrokerTls::LetGo() {
    const MutexLock lock(mutex_);
    gone_ = true;
    credentials_ = nullptr;
}

std::string BrokerTls::WhyRefused() const {
    const MutexLock lock(mutex_);
    return refused_;
}

void BrokerTls::Forget() {
    SetRefused("");
}

std::shared_ptr<const tls::Material> BrokerTls::Current(bool& gone) const {
    const MutexLock lock(mutex_);
    gone = gone_;
    return credentials_ == nullptr ? nullptr : credentials_->Current();
}

void BrokerTls::SetRefused(std::string why) {
    const MutexLock lock(mutex_);
    refused_ = std::move(why);
}

}  // namespace mp::bus::detail
