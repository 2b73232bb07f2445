#include "net/http_client.hpp"

#include <list>
#include <map>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "net/open_transport.hpp"
#include "net/receive_buffer.hpp"
#include "net/response_parser.hpp"
#include "net/text.hpp"
#include "net/url.hpp"
#include "runtime/condition.hpp"

namespace mp::net {
namespace {

constexpr size_t kReceiveBytes = 16u << 10;

using TransportPtr = std::unique_ptr<Transport>;

struct IdleConnection {
    TransportPtr transport;
    Deadline until;
};

struct Origin {
    std::list<IdleConnection> idle;  // the longest idle first
    size_t open = 0;                 // idle ones included
    runtime::Condition changed;
};

// One connection in use. Unless given back, it is closed and its place freed.
class Lease {
  public:
    Lease(Origin& origin, TransportPtr transport)
        : origin_(&origin), transport_(std::move(transport)), reused_(transport_ != nullptr) {}
    Lease(Lease&& other) noexcept
        : origin_(std::exchange(other.origin_, nullptr)),
          transport_(std::move(other.transport_)),
          reused_(other.reused_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
        if (origin_ == nullptr) return;
        --origin_->open;
        origin_->changed.NotifyOne();
    }

    void GiveBack(Deadline until) {
        Origin& origin = *std::exchange(origin_, nullptr);
        origin.idle.push_back({std::move(transport_), until});
        origin.changed.NotifyOne();
    }

    bool reused() const { return reused_; }
    TransportPtr& transport() { return transport_; }

  private:
    Origin* origin_;
    TransportPtr transport_;
    bool reused_;
};

std::string RequestHead(
    const HttpClientRequest& request, const Url& url, const std::string& user_agent
) {
    std::string head = Text(
        ToString(request.method), " ", url.target, " HTTP/1.1\r\nHost: ", url.HostHeader(), "\r\n"
    );
    if (!request.headers.Has("User-Agent")) {
        AppendText(head, "User-Agent: ", user_agent, "\r\n");
    }
    const bool sends_body = !request.body.empty() || request.method == HttpMethod::kPost ||
                            request.method == HttpMethod::kPut ||
                            request.method == HttpMethod::kPatch;
    if (sends_body) AppendText(head, "Content-Length: ", request.body.size(), "\r\n");
    for (size_t i = 0; i < request.headers.size(); ++i) {
        AppendText(head, request.headers.name(i), ": ", request.headers.value(i), "\r\n");
    }
    head += "\r\n";
    return head;
}

bool MayRepeat(HttpMethod method) {
    return method != HttpMethod::kPost && method != HttpMethod::kPatch;
}

// How one exchange on one connection ended.
struct Exchange {
    Status status;
    HttpClientResponse response;
    bool reusable = false;
    bool answered = false;  // some byte of an answer came
};

Task<Status> ReadAnswer(
    Transport& transport, ResponseParser& parser, Exchange& exchange, Deadline deadline
) {
    ReceiveBuffer received(kReceiveBytes);
    while (!parser.complete()) {
        const Result<size_t> size = co_await transport.ReadSome(received.Room(), deadline);
        if (absl::IsUnavailable(size.status()) && exchange.answered) co_return parser.FeedEnd();
        if (!size.ok()) co_return size.status();
        exchange.answered = true;
        received.Received(*size);
        const auto data = received.data();
        const Result<size_t> consumed = parser.Feed({data.data(), data.size()});
        if (!consumed.ok()) co_return consumed.status();
        received.Consume(*consumed);
    }
    exchange.reusable = parser.keep_alive() && received.data().empty();
    co_return OkStatus();
}

}  // namespace

struct HttpClient::Impl : std::enable_shared_from_this<HttpClient::Impl> {
    Impl(Executor on, HttpClientOptions with)
        : executor(std::move(on)), options(std::move(with)), sweeper(executor) {}

    Task<Result<HttpClientResponse>> Send(HttpClientRequest request, Deadline deadline);
    Task<Result<Lease>> Acquire(Origin& origin, bool fresh, Deadline deadline);
    Task<Exchange> Run(
        Lease& lease, const HttpClientRequest& request, const Url& url, Deadline deadline
    );
    TransportPtr TakeIdle(Origin& origin);
    Result<std::optional<TlsContext>> TlsFor(const Url& url);
    void Sweep();
    void ArmSweeper();

    Executor executor;
    HttpClientOptions options;
    std::map<std::string, Origin> origins;
    asio::steady_timer sweeper;  // closes what was idle too long
    bool sweeping = false;
};

TransportPtr HttpClient::Impl::TakeIdle(Origin& origin) {
    while (!origin.idle.empty()) {
        // The one used last: the others may grow old and be closed.
        IdleConnection connection = std::move(origin.idle.back());
        origin.idle.pop_back();
        if (connection.transport->IdleAndOpen()) return std::move(connection.transport);
        --origin.open;
    }
    return nullptr;
}

Task<Result<Lease>> HttpClient::Impl::Acquire(Origin& origin, bool fresh, Deadline deadline) {
    for (;;) {
        if (fresh && !origin.idle.empty()) {
            origin.idle.pop_front();
            --origin.open;
        }
        if (TransportPtr idle = fresh ? nullptr : TakeIdle(origin)) {
            co_return Lease(origin, std::move(idle));
        }
        if (origin.open < options.max_connections_per_origin) {
            ++origin.open;
            co_return Lease(origin, nullptr);
        }
        const bool changed = co_await origin.changed.Wait(deadline);
        if (!changed) {
            co_return absl::DeadlineExceededError("no connection became free in time");
        }
    }
}

Result<std::optional<TlsContext>> HttpClient::Impl::TlsFor(const Url& url) {
    if (!url.secure()) return std::optional<TlsContext>();
    if (!options.tls) {
        Result<TlsContext> made = TlsContext::MakeClient();
        if (!made.ok()) return made.status();
        options.tls = *std::move(made);
    }
    return options.tls;
}

Task<Exchange> HttpClient::Impl::Run(
    Lease& lease, const HttpClientRequest& request, const Url& url, Deadline deadline
) {
    Exchange exchange;
    if (!lease.transport()) {
        const Result<std::optional<TlsContext>> tls = TlsFor(url);
        if (!tls.ok()) co_return Exchange{tls.status()};
        auto opened = co_await OpenTransport(executor, url, *tls, deadline);
        if (!opened.ok()) co_return Exchange{opened.status()};
        lease.transport() = *std::move(opened);
    }
    Transport& transport = *lease.transport();
    const std::string head = RequestHead(request, url, options.user_agent);
    exchange.status = co_await transport.Write(head, request.body, deadline);
    if (!exchange.status.ok()) co_return exchange;

    const ResponseParser::Options limits{
        options.max_header_bytes, options.max_body_bytes, request.method == HttpMethod::kHead};
    ResponseParser parser(limits);
    exchange.status = co_await ReadAnswer(transport, parser, exchange, deadline);
    if (exchange.status.ok()) {
        exchange.response.status = parser.status();
        exchange.response.headers = std::move(parser.headers());
        exchange.response.body = std::move(parser.body());
    }
    co_return exchange;
}

Task<Result<HttpClientResponse>> HttpClient::Impl::Send(
    HttpClientRequest request, Deadline deadline
) {
    const Result<Url> url = ParseUrl(request.url);
    if (!url.ok()) co_return url.status();
    if (url->websocket()) {
        co_return absl::InvalidArgumentError(Text("URL \"", request.url, "\": not http or https"));
    }
    const std::string name = Text(url->scheme, "://", url->Authority());
    Origin& origin = origins[name];
    for (bool again = false;; again = true) {
        Result<Lease> lease = co_await Acquire(origin, again, deadline);
        if (!lease.ok()) co_return Annotate(lease.status(), name);
        Exchange exchange = co_await Run(*lease, request, *url, deadline);
        if (exchange.status.ok()) {
            if (exchange.reusable) {
                lease->GiveBack(Deadline::After(options.idle_timeout));
                ArmSweeper();
            }
            co_return std::move(exchange.response);
        }
        const bool stale = lease->reused() && !exchange.answered && !again &&
                           absl::IsUnavailable(exchange.status) && MayRepeat(request.method);
        if (!stale) co_return Annotate(exchange.status, name);
    }
}

void HttpClient::Impl::ArmSweeper() {
    if (sweeping) return;
    sweeping = true;
    sweeper.expires_after(options.idle_timeout);
    sweeper.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (error || !self) return;
        self->sweeping = false;
        self->Sweep();
    });
}

void HttpClient::Impl::Sweep() {
    bool left = false;
    for (auto& [name, origin] : origins) {
        while (!origin.idle.empty() && origin.idle.front().until.Passed()) {
            origin.idle.pop_front();
            --origin.open;
        }
        left = left || !origin.idle.empty();
    }
    if (left) ArmSweeper();
}

HttpClient::HttpClient(Executor executor, HttpClientOptions options)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(options))) {}

HttpClient::~HttpClient() = default;

Task<Result<HttpClientResponse>> HttpClient::Send(HttpClientRequest request, Deadline deadline) {
    return impl_->Send(std::move(request), deadline);
}

size_t HttpClient::open_connections() const {
    size_t total = 0;
    for (const auto& [name, origin] : impl_->origins) total += origin.open;
    return total;
}

}  // namespace mp::net
