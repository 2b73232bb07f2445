#include "net/response_parser.hpp"

#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "net/text.hpp"

namespace mp::net {
namespace {

namespace http = boost::beast::http;
using ErrorCode = boost::beast::error_code;

std::string_view ToStd(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

class BeastParser final : public http::basic_parser<false> {
  public:
    int status = 0;
    HttpHeaders headers;
    std::string body;

  private:
    void on_response_impl(int code, boost::beast::string_view, int, ErrorCode& error) override {
        status = code;
        if (code < 100) error = http::error::bad_status;
    }
    void
    on_field_impl(http::field, boost::beast::string_view name, boost::beast::string_view value, ErrorCode&)
        override {
        headers.Add(ToStd(name), ToStd(value));
    }
    size_t on_body_impl(boost::beast::string_view text, ErrorCode&) override {
        body.append(text.data(), text.size());
        return text.size();
    }
    size_t on_chunk_body_impl(uint64_t, boost::beast::string_view text, ErrorCode&) override {
        body.append(text.data(), text.size());
        return text.size();
    }
    void
    on_request_impl(http::verb, boost::beast::string_view, boost::beast::string_view, int, ErrorCode&)
        override {}
    void on_header_impl(ErrorCode&) override {}
    void on_body_init_impl(const boost::optional<uint64_t>&, ErrorCode&) override {}
    void on_chunk_header_impl(uint64_t, boost::beast::string_view, ErrorCode&) override {}
    void on_finish_impl(ErrorCode&) override {}
};

bool IsInterim(int status) {
    return status >= 100 && status < 200 && status != 101;
}

Status FromError(const ErrorCode& error) {
    if (error == http::error::header_limit || error == http::error::body_limit) {
        return absl::ResourceExhaustedError(Text("response: ", error.message()));
    }
    return absl::InternalError(Text("response is not HTTP: ", error.message()));
}

}  // namespace

struct ResponseParser::Machine {
    std::optional<BeastParser> beast;
};

ResponseParser::ResponseParser(const Options& options)
    : options_(options), machine_(std::make_unique<Machine>()) {
    Begin();
}

ResponseParser::~ResponseParser() = default;

void ResponseParser::Begin() {
    machine_->beast.emplace();
    machine_->beast->eager(true);
    machine_->beast->skip(options_.to_head);
    machine_->beast->header_limit(static_cast<uint32_t>(options_.max_header_bytes));
    machine_->beast->body_limit(options_.max_body_bytes);
}

Result<size_t> ResponseParser::Feed(std::string_view data) {
    size_t consumed = 0;
    while (consumed < data.size() && !complete()) {
        ErrorCode error;
        const std::string_view rest = data.substr(consumed);
        consumed += machine_->beast->put(boost::asio::buffer(rest), error);
        if (error == http::error::need_more) break;
        if (error) return FromError(error);
        if (complete() && IsInterim(status())) Begin();
    }
    return consumed;
}

Status ResponseParser::FeedEnd() {
    ErrorCode error;
    if (machine_->beast->got_some()) machine_->beast->put_eof(error);
    if (!error && complete()) return OkStatus();
    return absl::UnavailableError("connection closed in the middle of the response");
}

bool ResponseParser::complete() const {
    return machine_->beast->is_done();
}
bool ResponseParser::keep_alive() const {
    return machine_->beast->keep_alive();
}
int ResponseParser::status() const {
    return machine_->beast->status;
}
HttpHeaders& ResponseParser::headers() {
    return machine_->beast->headers;
}
std::string& ResponseParser::body() {
    return machine_->beast->body;
}

}  // namespace mp::net
