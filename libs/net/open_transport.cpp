#include "net/open_transport.hpp"

#include <memory>
#include <vector>

#include "net/text.hpp"
#include "runtime/cancellation.hpp"
#include "runtime/condition.hpp"

namespace mp::net {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// A lookup cannot be interrupted: what it needs is shared with it and outlives whoever lost
// patience.
struct Lookup {
    explicit Lookup(const Executor& executor) : resolver(executor) {}

    tcp::resolver resolver;
    runtime::Event done;
    ErrorCode error;
    std::vector<tcp::endpoint> endpoints;
};

void Start(const std::shared_ptr<Lookup>& lookup, const std::string& host, uint16_t port) {
    const auto ended = [lookup](ErrorCode error, const tcp::resolver::results_type& results) {
        lookup->error = error;
        for (const auto& entry : results) lookup->endpoints.push_back(entry.endpoint());
        lookup->done.Set();
    };
    lookup->resolver.async_resolve(
        host, std::to_string(port), tcp::resolver::numeric_service, ended
    );
}

Task<Result<std::vector<tcp::endpoint>>> Resolve(
    Executor executor, std::string host, uint16_t port, Deadline deadline
) {
    ErrorCode not_an_address;
    const auto address = asio::ip::make_address(host, not_an_address);
    if (!not_an_address) co_return std::vector<tcp::endpoint>{{address, port}};
    const auto lookup = std::make_shared<Lookup>(executor);
    Start(lookup, host, port);
    const bool found = co_await lookup->done.Wait(deadline);
    if (!found) {
        co_return absl::DeadlineExceededError("name lookup: too slow");
    }
    if (lookup->error) {
        co_return absl::UnavailableError(Text("name lookup: ", lookup->error.message()));
    }
    co_return std::move(lookup->endpoints);
}

Task<Status> ConnectOne(tcp::socket& socket, tcp::endpoint endpoint, Deadline deadline) {
    OpDeadline op(socket.get_executor());
    const auto [error] =
        co_await op.Await<void(ErrorCode)>(deadline, [&socket, endpoint](auto handler) {
            socket.async_connect(endpoint, std::move(handler));
        });
    op.End();
    if (op.expired()) co_return absl::DeadlineExceededError("connect: too slow");
    runtime::ThrowIfCancelled(error);
    if (!error) co_return OkStatus();
    co_return absl::UnavailableError(Text("connect: ", error.message()));
}

// Tries every address, each with its share of the time.
Task<Result<tcp::socket>> ConnectTcp(
    Executor executor, std::string host, uint16_t port, Deadline deadline
) {
    const auto endpoints = co_await Resolve(executor, host, port, deadline);
    if (!endpoints.ok()) co_return endpoints.status();
    Status last = absl::UnavailableError("name lookup: no address");
    for (size_t i = 0; i < endpoints->size(); ++i) {
        const auto share = deadline.Left() / static_cast<int64_t>(endpoints->size() - i);
        tcp::socket socket(executor);
        last = co_await ConnectOne(socket, (*endpoints)[i], Deadline::After(share));
        if (last.ok()) co_return std::move(socket);
    }
    co_return last;
}

}  // namespace

Task<Result<std::unique_ptr<Transport>>> OpenTransport(
    Executor executor, const Url& url, std::optional<TlsContext> tls, Deadline deadline
) {
    auto socket = co_await ConnectTcp(executor, url.host, url.port, deadline);
    if (!socket.ok()) co_return socket.status();
    if (!url.secure()) {
        tls.reset();
    } else if (!tls) {
        Result<TlsContext> made = TlsContext::MakeClient();
        if (!made.ok()) co_return made.status();
        tls = *std::move(made);
    }
    auto transport = std::make_unique<Transport>(*std::move(socket), tls);
    if (tls) {
        const Status shaken = co_await transport->HandshakeAsClient(url.host, deadline);
        if (!shaken.ok()) co_return shaken;
    }
    co_return std::move(transport);
}

}  // namespace mp::net
