#include "reliability/pause.hpp"

#include "runtime/sleep.hpp"

namespace mp::reliability {

Pause TimerPause() {
    return [](Duration wait) { return runtime::Sleep(wait); };
}

}  // namespace mp::reliability
