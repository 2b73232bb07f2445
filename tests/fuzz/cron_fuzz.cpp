// Cron expressions: whatever parses has a next time, found quickly.
#include "fuzz.hpp"
#include "scheduler/schedule/cron.hpp"

namespace mp::fuzz {

std::vector<std::string> Seeds() {
    return {"*/15 * * * *", "0 3 1,15 JAN-MAR MON", "59 23 29 2 *", "0 0 31 2-12/2 7"};
}

void Try(std::string_view input) {
    const auto cron = scheduler::Cron::Parse(input);
    if (!cron.ok()) return;
    constexpr int64_t kMinutesOf2026 = 29'454'240;
    const int64_t next = cron->NextFrom(kMinutesOf2026);
    Require(next >= kMinutesOf2026, "the next time is not in the past");
    Require(cron->NextFrom(next) == next, "a match is its own next");
    Require(cron->NextFrom(next + 1) > next, "times go on");
}

}  // namespace mp::fuzz
