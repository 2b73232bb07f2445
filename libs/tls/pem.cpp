#include "tls/pem.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <utility>

namespace mp::tls {
namespace {

using Bio = std::unique_ptr<BIO, FreeBy<BIO_free>>;

Bio OpenText(const std::string& text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace

std::vector<Certificate> ParseCertificates(const std::string& text) {
    std::vector<Certificate> all;
    const Bio bio = OpenText(text);
    while (Certificate one{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        all.push_back(std::move(one));
    }
    const auto ended = ERR_GET_REASON(ERR_peek_last_error());
    ERR_clear_error();
    if (ended != PEM_R_NO_START_LINE) all.clear();
    return all;
}

Key ParseKey(const std::string& text) {
    const Bio bio = OpenText(text);
    const auto no_password = [](char*, int, int, void*) { return -1; };
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    ERR_clear_error();
    return key;
}

}  // namespace mp::tls
