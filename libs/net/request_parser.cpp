#include "net/request_parser.hpp"

#include <new>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace mp::net {
namespace {

namespace http = boost::beast::http;
using ErrorCode = boost::beast::error_code;

constexpr size_t kKeepBodyBytes = 1u << 20;

std::string_view ToStd(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

// "http://host/path" as proxies send it becomes "/path".
std::string_view OriginForm(std::string_view target) {
    const size_t scheme_end = target.find("://");
    if (target.starts_with('/') || scheme_end == std::string_view::npos) return target;
    const size_t path = target.find('/', scheme_end + 3);
    return path == std::string_view::npos ? "/" : target.substr(path);
}

class BeastParser final : public http::basic_parser<true> {
  public:
    explicit BeastParser(HttpRequest* request) : request_(request) {}

    int version() const { return version_; }

  private:
    void
    on_request_impl(http::verb, boost::beast::string_view method, boost::beast::string_view target, int version, ErrorCode&)
        override {
        request_->method = ParseHttpMethod(ToStd(method));
        request_->target = OriginForm(ToStd(target));
        version_ = version;
    }
    void
    on_field_impl(http::field, boost::beast::string_view name, boost::beast::string_view value, ErrorCode&)
        override {
        request_->headers.Add(ToStd(name), ToStd(value));
    }
    size_t on_body_impl(boost::beast::string_view body, ErrorCode&) override {
        request_->body.append(body.data(), body.size());
        return body.size();
    }
    size_t on_chunk_body_impl(uint64_t, boost::beast::string_view body, ErrorCode&) override {
        request_->body.append(body.data(), body.size());
        return body.size();
    }
    void on_response_impl(int, boost::beast::string_view, int, ErrorCode&) override {}
    void on_header_impl(ErrorCode&) override {}
    void on_body_init_impl(const boost::optional<uint64_t>&, ErrorCode&) override {}
    void on_chunk_header_impl(uint64_t, boost::beast::string_view, ErrorCode&) override {}
    void on_finish_impl(ErrorCode&) override {}

    int version_ = 11;
    HttpRequest* request_;
};

void Clear(HttpRequest& request) {
    request.method = HttpMethod::kGet;
    request.target.clear();
    request.headers.Clear();
    request.body.clear();
    if (request.body.capacity() > kKeepBodyBytes) request.body.shrink_to_fit();
    request.route = {};
    request.params.clear();
}

}  // namespace

struct RequestParser::Machine {
    std::optional<BeastParser> beast;  // made anew for every request
    HttpRequest* request = nullptr;
};

RequestParser::RequestParser(const Limits& limits)
    : limits_(limits), machine_(std::make_unique<Machine>()) {}

RequestParser::~RequestParser() = default;

void RequestParser::Begin(HttpRequest& request) {
    Clear(request);
    machine_->request = &request;
    machine_->beast.emplace(&request);
    machine_->beast->eager(true);
    machine_->beast->header_limit(static_cast<uint32_t>(limits_.max_header_bytes));
    machine_->beast->body_limit(limits_.max_body_bytes);
    state_ = State::kHeader;
}

size_t RequestParser::Feed(std::string_view data) {
    size_t consumed = 0;
    while (consumed < data.size() && (state_ == State::kHeader || state_ == State::kBody)) {
        ErrorCode error;
        const std::string_view rest = data.substr(consumed);
        consumed += machine_->beast->put(boost::asio::buffer(rest), error);
        if (error == http::error::need_more) break;
        if (error == http::error::header_limit) {
            Fail(431, "request header too large");
        } else if (error == http::error::body_limit) {
            Fail(413, "request body too large");
        } else if (error == http::error::bad_version) {
            Fail(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
        } else if (error) {
            Fail(400, "malformed request");
        } else if (machine_->beast->is_done()) {
            break;
        }
    }
    if (state_ == State::kHeader && machine_->beast->is_header_done()) {
        state_ = State::kBody;
        CheckHeader();
    }
    if (state_ == State::kBody && machine_->beast->is_done()) state_ = State::kComplete;
    return consumed;
}

// What Beast lets pass but would let a proxy and us see different requests.
void RequestParser::CheckHeader() {
    const HttpHeaders& headers = machine_->request->headers;
    if (headers.Has("Transfer-Encoding") && !machine_->beast->chunked()) {
        Fail(501, "only Transfer-Encoding: chunked is understood");
    } else if (!http_1_0() && !headers.Has("Host")) {
        Fail(400, "the Host header is missing");
    }
}

void RequestParser::Fail(int status, std::string_view error) {
    state_ = State::kFailed;
    error_status_ = status;
    error_ = error;
}

bool RequestParser::keep_alive() const {
    return machine_->beast->keep_alive();
}

bool RequestParser::http_1_0() const {
    return machine_->beast->version() < 11;
}

bool RequestParser::expects_continue() const {
    return !http_1_0() && machine_->request->headers.HasToken("Expect", "100-continue");
}

}  // namespace mp::net
