#include "bus/detail/broker_tls.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <span>
#include <utility>
#include <vector>

#include "tls/pem.hpp"

namespace mp::bus::detail {
namespace {

// The stack alone is freed: what it holds belongs to `certificates`.
void FreeStack(STACK_OF(X509) * stack) {
    sk_X509_free(stack);
}
using Stack = std::unique_ptr<STACK_OF(X509), tls::FreeBy<FreeStack>>;

Stack StackOf(std::span<const tls::Certificate> certificates) {
    Stack stack(sk_X509_new_null());
    for (const tls::Certificate& one : certificates) sk_X509_push(stack.get(), one.get());
    return stack;
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
    auto& own = *static_cast<BrokerTls*>(self);
    bool gone = false;
    const auto current = own.Current(gone);
    if (gone) return 0;
    std::vector<tls::Certificate> trusted;
    Stack stack;  // outlives the verification
    if (current != nullptr && !current->ca.empty()) {
        trusted = tls::ParseCertificates(current->ca);
        stack = StackOf(trusted);
        X509_STORE_CTX_set0_trusted_stack(presented, stack.get());
    }
    const int good = X509_verify_cert(presented);
    if (good == 1) {
        own.Forget();
        return 1;
    }
    char name[256] = {};
    if (X509* certificate = X509_STORE_CTX_get_current_cert(presented)) {
        X509_NAME_oneline(X509_get_subject_name(certificate), name, sizeof name);
    }
    const int why = X509_STORE_CTX_get_error(presented);
    own.SetRefused(
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
    const std::vector<tls::Certificate> chain = tls::ParseCertificates(current->certificate);
    const tls::Key key = tls::ParseKey(current->key);
    if (chain.empty() || key == nullptr) return 0;
    const Stack others = StackOf(std::span(chain).subspan(1));
    return SSL_use_cert_and_key(ssl, chain.front().get(), key.get(), others.get(), 1);
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
