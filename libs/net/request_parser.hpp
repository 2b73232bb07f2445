#pragma once
// Reads HTTP/1.x requests out of a byte stream into an HttpRequest. Beast's state machine inside.
// No I/O. Only libs/net uses it.

#include <cstdint>
#include <memory>
#include <string_view>

#include "net/http_message.hpp"

namespace mp::net {

class RequestParser {
  public:
    struct Limits {
        size_t max_header_bytes;
        size_t max_body_bytes;
    };
    enum class State : uint8_t {
        kHeader,    // more bytes needed
        kBody,      // the header is complete, more bytes needed
        kComplete,  // the request is complete; the bytes behind it belong to the next one
        kFailed,    // error_status() says which answer ends the connection
    };

    explicit RequestParser(const Limits& limits);
    ~RequestParser();

    // Prepares for the next request; `request` is cleared and filled, and must outlive the parsing.
    void Begin(HttpRequest& request);
    // Takes from the front of `data` (the unconsumed rest of earlier calls, then new bytes); how
    // many bytes were consumed.
    size_t Feed(std::string_view data);

    State state() const { return state_; }
    int error_status() const { return error_status_; }
    std::string_view error() const { return error_; }
    // Of a request whose header is complete.
    bool keep_alive() const;
    bool http_1_0() const;
    bool expects_continue() const;

  private:
    struct Machine;

    void Fail(int status, std::string_view error);
    void CheckHeader();

    const Limits limits_;
    std::unique_ptr<Machine> machine_;
    State state_ = State::kHeader;
    int error_status_ = 0;
    std::string_view error_;
};

}  // namespace mp::net
