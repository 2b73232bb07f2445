#pragma once
// The four classes that errors are counted by (label `error_type`).

#include <string_view>

#include "base/status.hpp"

namespace mp::reliability {

enum class ErrorClass {
    kNetwork,  // no answer: refused, cut, timed out
    kApi,      // an answer that refuses: limits, permissions, unknown symbol, HTTP 4xx and 5xx
    kData,     // an answer that makes no sense: not JSON, missing field, number out of range
    kUnknown,
};

// By the mark of MarkClass where there is one, otherwise by the code. OK gives kUnknown.
ErrorClass Classify(const Status& status);

// "network" "api" "data" "unknown".
std::string_view ToLabel(ErrorClass error_class);

// For an error whose code says too little, for instance Unavailable made of an HTTP 503.
Status MarkClass(Status status, ErrorClass error_class);

}  // namespace mp::reliability
