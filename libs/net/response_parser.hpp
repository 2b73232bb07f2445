#pragma once
// Reads one HTTP/1.x response out of a byte stream. Beast's state machine inside. No I/O. Only
// libs/net uses it.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "net/http_headers.hpp"

namespace mp::net {

class ResponseParser {
  public:
    struct Options {
        size_t max_header_bytes;
        size_t max_body_bytes;
        bool to_head = false;  // the answer to a HEAD request: no body whatever its header says
    };

    explicit ResponseParser(const Options& options);
    ~ResponseParser();

    // Takes from the front of `data` (the unconsumed rest of earlier calls, then new bytes); how
    // many bytes were consumed. ResourceExhausted: above a limit; Internal: not HTTP. Answers 100
    // to 199 other than 101 are passed over.
    Result<size_t> Feed(std::string_view data);
    // The connection ended. Unavailable if that cuts the response short.
    Status FeedEnd();

    bool complete() const;
    bool keep_alive() const;  // of a complete response

    int status() const;
    HttpHeaders& headers();
    std::string& body();

  private:
    struct Machine;

    void Begin();

    const Options options_;
    std::unique_ptr<Machine> machine_;
};

}  // namespace mp::net
