#pragma once
// Hands what the ingest thread cannot use to the bus, whose dead letters live on the executor.
// Bounded: what does not fit is dropped and counted, never waited for.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bus/dead_letter.hpp"
#include "runtime/task.hpp"

namespace mp::storage {

// Put from any thread; destroyed on the executor's. `letters` outlives it.
class DeadLetterRelay {
  public:
    DeadLetterRelay(Executor executor, bus::DeadLetters& letters);
    ~DeadLetterRelay();
    DeadLetterRelay(const DeadLetterRelay&) = delete;
    DeadLetterRelay& operator=(const DeadLetterRelay&) = delete;

    void Put(std::string reason, std::string_view payload, std::string_view subject);

    uint64_t dropped() const { return state_->dropped.load(std::memory_order_relaxed); }

  private:
    static constexpr size_t kMaxWaiting = 64;

    // Shared with posted functions, which may run after the relay is gone.
    struct State {
        bus::DeadLetters* letters;  // null: gone; executor's thread only
        std::atomic<size_t> waiting{0};
        std::atomic<uint64_t> dropped{0};
    };

    Executor executor_;
    std::shared_ptr<State> state_;
};

}  // namespace mp::storage
