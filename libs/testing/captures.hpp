#pragma once
// Recorded exchange messages, outside the source tree: in the folder that $MP_CAPTURES names. Tests
// that need them skip where it is not set; with $MP_CAPTURES set, a missing file is an error.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"

namespace mp::testing {

// One line of a capture.
struct CaptureRecord {
    std::string exchange;
    std::string market;
    std::string channel;
    std::string data_type;
    std::string transport;               // "ws" | "rest"
    std::optional<int64_t> received_ts;  // the recorder's clock, nanoseconds
    std::string url;
    std::string direction;  // "in" received | "out" sent | "event" connection opened
    std::string raw;        // the message, byte for byte
};

// The folder, where $MP_CAPTURES is set.
std::optional<std::filesystem::path> CapturesRoot();

// All records of a file given relative to the folder, in order. `select` keeps memory small.
Result<std::vector<CaptureRecord>> LoadCapture(
    std::string_view file, const std::function<bool(const CaptureRecord&)>& select = nullptr
);

}  // namespace mp::testing

// First line of a test that needs captures.
#define MP_SKIP_WITHOUT_CAPTURES()                                                    \
    do {                                                                              \
        if (!::mp::testing::CapturesRoot()) GTEST_SKIP() << "MP_CAPTURES is not set"; \
    } while (0)
