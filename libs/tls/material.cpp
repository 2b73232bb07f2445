#include "tls/material.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sstream>
#include <string_view>
#include <utility>

#include "tls/pem.hpp"

namespace mp::tls {
namespace {

using Context = std::unique_ptr<SSL_CTX, FreeBy<SSL_CTX_free>>;

std::string LastOpenSslError() {
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == nullptr ? "refused" : reason;
}

Result<std::string> ReadFile(const std::string& path) {
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    if (in) text << in.rdbuf();
    if (!in || in.bad()) {
        const int why = errno == 0 ? EIO : errno;
        return absl::InvalidArgumentError("cannot read " + path + ": " + std::strerror(why));
    }
    if (text.str().empty()) return absl::InvalidArgumentError(path + " is empty");
    return text.str();
}

Nanos ToNanos(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    return static_cast<Nanos>(timegm(&parts)) * kSecond;
}

std::string NameOf(const Certificate& certificate) {
    char name[256] = {};
    X509_NAME_oneline(X509_get_subject_name(certificate.get()), name, sizeof name);
    return name;
}

// Fills one Loaded, file by file.
class Loader {
  public:
    Loader(const Files& files, Nanos now) : files_(files), now_(now) {}

    Loaded Run() {
        if (!files_.certificate.empty()) LoadCertificate();
        if (!files_.key.empty()) LoadKey();
        if (!files_.ca.empty()) LoadCa();
        if (own_ != nullptr && key_ != nullptr) CheckPair();
        return std::move(loaded_);
    }

  private:
    void Fail(const char* key, std::string what) {
        loaded_.faults.push_back({key, std::move(what)});
    }
    bool Take(const char* key, const std::string& path, std::string& text) {
        Result<std::string> read = ReadFile(path);
        if (read.ok()) {
            text = *std::move(read);
        } else {
            Fail(key, std::string(MessageOf(read.status())));
        }
        return !text.empty();
    }

    void LoadCertificate() {
        constexpr char kKey[] = "certificate_file";
        Material& material = loaded_.material;
        if (!Take(kKey, files_.certificate, material.certificate)) return;
        std::vector<Certificate> chain = ParseCertificates(material.certificate);
        if (chain.empty()) return Fail(kKey, files_.certificate + " holds no PEM certificate");
        own_ = std::move(chain.front());
        const Nanos from = ToNanos(X509_get0_notBefore(own_.get()));
        const Nanos until = ToNanos(X509_get0_notAfter(own_.get()));
        material.certificate_expires = until;
        const std::string what = "the certificate in " + files_.certificate + " (" + NameOf(own_);
        if (until <= now_) Fail(kKey, what + ") expired at " + FormatTime(until));
        if (from > now_) Fail(kKey, what + ") is not valid before " + FormatTime(from));
    }

    void LoadKey() {
        if (!Take("key_file", files_.key, loaded_.material.key)) return;
        key_ = ParseKey(loaded_.material.key);
        if (key_ == nullptr) {
            Fail("key_file", files_.key + " holds no PEM private key without a password");
        }
    }

    void LoadCa() {
        constexpr char kKey[] = "ca_file";
        Material& material = loaded_.material;
        if (!Take(kKey, files_.ca, material.ca)) return;
        const std::vector<Certificate> all = ParseCertificates(material.ca);
        if (all.empty()) return Fail(kKey, files_.ca + " holds no PEM certificate");
        Nanos latest = 0;
        for (const Certificate& ca : all) {
            latest = std::max(latest, ToNanos(X509_get0_notAfter(ca.get())));
        }
        material.ca_expires = latest;
        if (latest <= now_) {
            Fail(kKey, "what is in " + files_.ca + " expired at " + FormatTime(latest));
        }
    }

    void CheckPair() {
        if (X509_check_private_key(own_.get(), key_.get()) != 1) {
            ERR_clear_error();
            return Fail(
                "key_file", files_.key + " does not fit the certificate in " + files_.certificate
            );
        }
        // Too weak ones are refused here and not when the first client comes.
        const Context context(SSL_CTX_new(TLS_method()));
        if (SSL_CTX_use_certificate(context.get(), own_.get()) != 1) {
            Fail("certificate_file", files_.certificate + ": " + LastOpenSslError());
        } else if (SSL_CTX_use_PrivateKey(context.get(), key_.get()) != 1) {
            Fail("key_file", files_.key + ": " + LastOpenSslError());
        }
    }

    const Files& files_;
    const Nanos now_;
    Loaded loaded_;
    Certificate own_;
    Key key_;
};

}  // namespace

Status Loaded::status() const {
    if (faults.empty()) return OkStatus();
    std::string text;
    for (const Fault& fault : faults) {
        text += (text.empty() ? "tls." : "; tls.") + fault.key + ": " + fault.what;
    }
    return absl::InvalidArgumentError(text);
}

Loaded Load(const Files& files, Nanos now) {
    return Loader(files, now).Run();
}

}  // namespace mp::tls
