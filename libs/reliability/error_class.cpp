#include "reliability/error_class.hpp"

#include <absl/strings/cord.h>
#include <string>

namespace mp::reliability {
namespace {

constexpr char kPayload[] = "marketprism/error-class";

}  // namespace

ErrorClass Classify(const Status& status) {
    if (const auto mark = status.GetPayload(kPayload)) {
        for (const ErrorClass c : {ErrorClass::kNetwork, ErrorClass::kApi, ErrorClass::kData}) {
            if (std::string(*mark) == ToLabel(c)) return c;
        }
    }
    switch (status.code()) {
        case StatusCode::kUnavailable:
        case StatusCode::kDeadlineExceeded:
        case StatusCode::kCancelled:
            return ErrorClass::kNetwork;
        case StatusCode::kResourceExhausted:
        case StatusCode::kPermissionDenied:
        case StatusCode::kUnauthenticated:
        case StatusCode::kNotFound:
        case StatusCode::kAlreadyExists:
        case StatusCode::kFailedPrecondition:
        case StatusCode::kAborted:
        case StatusCode::kUnimplemented:
            return ErrorClass::kApi;
        case StatusCode::kInvalidArgument:
        case StatusCode::kOutOfRange:
        case StatusCode::kDataLoss:
            return ErrorClass::kData;
        default:
            return ErrorClass::kUnknown;
    }
}

std::string_view ToLabel(ErrorClass error_class) {
    switch (error_class) {
        case ErrorClass::kNetwork:
            return "network";
        case ErrorClass::kApi:
            return "api";
        case ErrorClass::kData:
            return "data";
        case ErrorClass::kUnknown:
            break;
    }
    return "unknown";
}

Status MarkClass(Status status, ErrorClass error_class) {
    status.SetPayload(kPayload, absl::Cord(std::string(ToLabel(error_class))));
    return status;
}

}  // namespace mp::reliability
