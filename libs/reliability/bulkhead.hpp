#pragma once
// Keeps one slow upstream from taking every coroutine with it: at most `max_concurrent` calls at a
// time, at most `max_waiting` in line for a slot, each no longer than its deadline. First come,
// first served. One io_context thread; must outlive its slots and callers.

#include <cstdint>
#include <list>
#include <string>
#include <utility>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "reliability/status_of.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::reliability {

class Bulkhead {
  public:
    struct Config {
        size_t max_concurrent = 64;
        size_t max_waiting = 256;
    };

    struct Stats {
        size_t running = 0;
        size_t waiting = 0;
        uint64_t entered = 0;
        uint64_t refused = 0;  // line full
        uint64_t expired = 0;  // deadline passed in line
    };

    // The right to run one call; destroying it lets the next in.
    class [[nodiscard]] Slot {
      public:
        Slot(Slot&& other) noexcept : bulkhead_(std::exchange(other.bulkhead_, nullptr)) {}
        Slot& operator=(Slot&&) = delete;
        ~Slot() {
            if (bulkhead_ != nullptr) bulkhead_->Leave();
        }

      private:
        friend class Bulkhead;
        explicit Slot(Bulkhead& bulkhead) : bulkhead_(&bulkhead) {}
        Bulkhead* bulkhead_;
    };

    Bulkhead(std::string name, Config config) : name_(std::move(name)), config_(config) {}

    // ResourceExhausted where the line is full, DeadlineExceeded where no slot came free in time.
    Task<Result<Slot>> Enter(Deadline deadline);

    // Runs `work` in a slot; refused work is never started. R is Status or a Result.
    template <typename R>
    Task<R> Call(Task<R> work, Deadline deadline) {
        const auto slot = co_await Enter(deadline);
        if (!slot.ok()) co_return slot.status();
        co_return co_await std::move(work);
    }

    Stats GetStats() const;
    const std::string& name() const { return name_; }

  private:
    struct Waiter;

    void Leave();

    const std::string name_;
    const Config config_;
    std::list<Waiter*> line_;
    Stats stats_;
};

}  // namespace mp::reliability
