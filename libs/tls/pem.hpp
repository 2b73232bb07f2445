#pragma once
// PEM texts as OpenSSL's objects, for who hands certificates to OpenSSL by itself.

#include <memory>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string>
#include <vector>

namespace mp::tls {

template <auto Function>
struct FreeBy {
    template <typename T>
    void operator()(T* object) const {
        Function(object);
    }
};
using Certificate = std::unique_ptr<X509, FreeBy<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;

// All of them, in order; none where one cannot be read.
std::vector<Certificate> ParseCertificates(const std::string& text);

// Null: there is none, or it wants a password: nobody is there to be asked for one.
Key ParseKey(const std::string& text);

}  // namespace mp::tls
