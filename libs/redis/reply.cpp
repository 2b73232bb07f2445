#include "redis/reply.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mp::redis {
namespace {

constexpr std::array<std::pair<std::string_view, StatusCode>, 14> kCodes{{
    {"NOAUTH", StatusCode::kUnauthenticated},
    {"WRONGPASS", StatusCode::kUnauthenticated},
    {"ERR invalid password", StatusCode::kUnauthenticated},
    {"NOPERM", StatusCode::kPermissionDenied},
    {"LOADING", StatusCode::kUnavailable},
    {"BUSY", StatusCode::kUnavailable},
    {"MASTERDOWN", StatusCode::kUnavailable},
    {"CLUSTERDOWN", StatusCode::kUnavailable},
    {"TRYAGAIN", StatusCode::kUnavailable},
    {"READONLY", StatusCode::kUnavailable},
    {"OOM", StatusCode::kResourceExhausted},
    {"MISCONF", StatusCode::kResourceExhausted},
    {"ERR max number of clients", StatusCode::kUnavailable},
    {"NOSCRIPT", StatusCode::kNotFound},
}};

}  // namespace

Status StatusOf(const ReplyError& error) {
    const auto known = std::find_if(kCodes.begin(), kCodes.end(), [&error](const auto& entry) {
        return error.text.starts_with(entry.first);
    });
    return Status(known == kCodes.end() ? StatusCode::kInternal : known->second, error.text);
}

}  // namespace mp::redis
