#include "telemetry/slow_call.hpp"

#include <array>
#include <cstdio>

namespace mp::telemetry {

SlowCall::~SlowCall() {
    const Duration elapsed = std::chrono::steady_clock::now() - start_;
    if (elapsed <= limit_) return;
    std::array<char, 32> text;
    std::snprintf(
        text.data(), text.size(), "%.2fs", std::chrono::duration<double>(elapsed).count()
    );
    logger_.Warn("slow call", {{"name", name_}, {"elapsed", text.data()}});
}

}  // namespace mp::telemetry
