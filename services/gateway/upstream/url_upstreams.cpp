#include "gateway/upstream/url_upstreams.hpp"

#include <chrono>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"
#include "telemetry/logging.hpp"

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

constexpr auto kEvery = 1s;
constexpr auto kTimeout = 2s;

const telemetry::Logger kLog{"gateway.upstream"};

}  // namespace

Task<Status> UrlUpstreams::Run() {
    const Executor executor = co_await asio::this_coro::executor;
    runtime::TaskGroup following(executor, named_.size() + 1);
    for (const NamedUpstream& named : named_) {
        MP_CO_RETURN_IF_ERROR(following.Spawn(Follow(named)));
    }
    co_return co_await following.Wait();
}

Task<Status> UrlUpstreams::Follow(NamedUpstream named) {
    bool known = false;
    for (;;) {
        Result<registry::Instance> found = co_await Ask(named);
        if (found.ok() != known) {
            kLog.Info(
                found.ok() ? "upstream answers" : "upstream does not answer",
                {{"service", named.instance.service()},
                 {"host", named.instance.host()},
                 {"port", named.instance.http_port()},
                 {"reason", found.status()}}
            );
        }
        known = found.ok();
        if (known) {
            directory_.SetFixed(*std::move(found));
        } else {
            directory_.DropFixed(named.instance.service());
        }
        co_await runtime::Sleep(kEvery);
    }
}

Task<Result<registry::Instance>> UrlUpstreams::Ask(const NamedUpstream& named) {
    net::HttpClientRequest request;
    request.url = std::string(named.secure ? "https://" : "http://") + named.instance.host() + ":" +
                  std::to_string(named.instance.http_port()) + "/health";
    const auto answer = co_await client_.Send(std::move(request), Deadline::After(kTimeout));
    if (!answer.ok()) co_return answer.status();
    const Json health = Json::parse(answer->body, nullptr, false);
    const Json port = health.is_object() ? health.value("grpc_port", Json()) : Json();
    if (!port.is_number_unsigned() || port.get<uint64_t>() - 1 >= 65535) {
        co_return absl::UnavailableError("/health names no gRPC port");
    }
    registry::Instance found = named.instance;
    found.set_grpc_port(port.get<uint32_t>());
    // A restarted service is another instance, with a breaker of its own.
    if (const Json name = health.value("instance", Json()); name.is_string()) {
        found.set_instance(name.get<std::string>());
    }
    if (const Json status = health.value("status", Json()); status.is_string()) {
        found.set_status(status.get<std::string>());
    }
    co_return found;
}

}  // namespace mp::gateway
