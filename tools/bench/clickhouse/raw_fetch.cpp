#include "bench/clickhouse/raw_fetch.hpp"

#include <cstdio>
#include <cstdlib>
#include <curl/curl.h>

namespace mp::bench {
namespace {

size_t CountBytes(char*, size_t size, size_t count, void* sum) {
    *static_cast<size_t*>(sum) += size * count;
    return size * count;
}

}  // namespace

RawFetch::RawFetch(const std::string& url, const std::string& database) : curl_(curl_easy_init()) {
    curl_easy_setopt(curl_, CURLOPT_URL, (url + "/?database=" + database).c_str());
    curl_easy_setopt(curl_, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl_, CURLOPT_BUFFERSIZE, 512L << 10);
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, CountBytes);
}

RawFetch::~RawFetch() {
    curl_easy_cleanup(curl_);
}

size_t RawFetch::Discard(const std::string& sql) {
    size_t bytes = 0;
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, sql.c_str());
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &bytes);
    const CURLcode sent = curl_easy_perform(curl_);
    if (sent == CURLE_OK) return bytes;
    std::fprintf(stderr, "%s\n%s\n", curl_easy_strerror(sent), sql.c_str());
    std::exit(1);
}

}  // namespace mp::bench
