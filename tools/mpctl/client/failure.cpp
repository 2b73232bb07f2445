#include "mpctl/client/failure.hpp"

namespace mp::mpctl {
namespace {

constexpr char kUnreachable[] = "mpctl/unreachable";

// Somebody is there, but one does not trust the other.
bool IsRefusedByTls(const Status& failure) {
    return MessageOf(failure).find("TLS handshake") != std::string_view::npos ||
           MessageOf(failure).find("certificate required") != std::string_view::npos;
}

const char* Advice(const Status& failure) {
    if (IsUnreachable(failure) && IsRefusedByTls(failure)) {
        return "--ca FILE names who signs the gateway's certificate, --certificate FILE shows it "
               "one";
    }
    if (IsUnreachable(failure)) {
        return "is it running? `make run` starts everything on this machine; --gateway URL or "
               "MP_GATEWAY names another one";
    }
    switch (failure.code()) {
        case StatusCode::kUnauthenticated:
            return "give an API key with --key or MP_API_KEY; `mpctl keys create` makes one";
        case StatusCode::kPermissionDenied:
            return "this needs a key with more rights: `mpctl keys create --role operator`";
        case StatusCode::kResourceExhausted:
            return "wait a little, or use an API key: keys have higher limits";
        case StatusCode::kUnavailable:
        case StatusCode::kDeadlineExceeded:
            return "`mpctl doctor` finds out which part is ill";
        default:
            return nullptr;
    }
}

}  // namespace

Status Unreachable(const std::string& url, const Status& reason) {
    std::string why(MessageOf(reason));
    const std::string named = url + ": ";
    if (why.substr(0, named.size()) == named) why.erase(0, named.size());
    Status status = absl::UnavailableError("no gateway answers at " + named + why);
    status.SetPayload(kUnreachable, {});
    return status;
}

bool IsUnreachable(const Status& status) {
    return status.GetPayload(kUnreachable).has_value();
}

int ExitCodeOf(const Status& failure) {
    if (failure.ok()) return kExitOk;
    if (IsUnreachable(failure)) return kExitUnreachable;
    return failure.code() == StatusCode::kInvalidArgument ? kExitUsage : kExitFailure;
}

std::string Explain(const Status& failure) {
    std::string text = "mpctl: " + std::string(MessageOf(failure)) + "\n";
    if (const char* advice = Advice(failure)) text += std::string("  ") + advice + "\n";
    return text;
}

}  // namespace mp::mpctl
