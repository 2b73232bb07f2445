#include "gateway/guard/caller.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <iostream>
#include <netinet/in.h>

#include "net/http_headers.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::gateway {
namespace {

const telemetry::Logger kLog{"gateway.keys"};

}  // namespace

Callers::Callers(CallersConfig config) : config_(std::move(config)), keys_(config_.keys_path) {}

Status Callers::Open(Nanos now) {
    MP_RETURN_IF_ERROR(keys_.Refresh());
    if (config_.insecure) {
        kLog.Warn("insecure: everybody who reaches the ports is an admin (auth.insecure)");
        return OkStatus();
    }
    if (config_.loopback_only || !keys_.empty()) return OkStatus();
    Result<std::string> key = keys_.Create("first", auth::Role::kAdmin, now);
    if (!key.ok()) return key.status();
    // To the terminal and not to the log: it is shown this once.
    std::cout
        << "An admin key was made, because the gateway listens beyond loopback and had none.\n"
           "It is not shown again: "
        << *key << std::endl;
    return OkStatus();
}

Task<> Callers::Run() {
    for (;;) {
        co_await runtime::Sleep(std::chrono::seconds(1));
        const Status refreshed = keys_.Refresh();
        if (!refreshed.ok())
            kLog.Error("keys cannot be read, the old ones stay", {{"reason", refreshed}});
    }
}

Result<Caller> Callers::Identify(std::string_view credential) const {
    constexpr std::string_view kBearer = "Bearer ";
    // Schemes are written in any case.
    if (net::EqualsIgnoreCase(credential.substr(0, kBearer.size()), kBearer)) {
        credential.remove_prefix(kBearer.size());
    }
    if (credential.empty()) {
        if (config_.insecure) return Caller{"anonymous", auth::Role::kAdmin};
        if (open()) return Caller{"anonymous", auth::Role::kOperator};
        return absl::UnauthenticatedError(
            "a key is required: Authorization: Bearer <key>, or X-API-Key"
        );
    }
    const auth::KeyInfo* info = keys_.Verify(credential);
    if (info == nullptr) return absl::UnauthenticatedError("the key is not valid");
    return Caller{info->id, info->role};
}

Status CheckRole(const Caller& caller, auth::Role needed) {
    if (auth::Allows(caller.role, needed)) return OkStatus();
    return absl::PermissionDeniedError(
        "needs a key with the role " + std::string(auth::ToString(needed))
    );
}

bool IsLoopback(std::string_view host) {
    if (net::EqualsIgnoreCase(host, "localhost")) return true;
    const std::string text(host);
    in_addr v4{};
    if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
    in6_addr v6{};
    return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace mp::gateway
