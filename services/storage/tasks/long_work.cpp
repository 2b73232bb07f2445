#include "storage/tasks/long_work.hpp"

#include <chrono>

#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLookEvery = 200ms;

// Sets a flag when whoever holds it is gone, however it went.
template <typename Flag>
class AtEnd {
  public:
    AtEnd(Flag& flag, bool value) : flag_(flag), value_(value) {}
    ~AtEnd() { flag_ = value_; }
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;

  private:
    Flag& flag_;
    const bool value_;
};

}  // namespace

Task<Result<std::string>> LongWork::Run(tasks::TaskContext& context, Work work) {
    if (running_) co_return absl::FailedPreconditionError(busy_);
    running_ = true;
    const AtEnd ended(running_, false);
    fraction_ = 0;
    stop_ = false;
    co_return co_await runtime::FirstOf(Do(work), Follow(context));
}

Task<Result<std::string>> LongWork::Do(const Work& work) {
    const OnProgress on_progress = [this](double fraction) {
        fraction_ = fraction;
        return !stop_;
    };
    co_return co_await pool_.Run([&] { return work(on_progress); });
}

// Never ends by itself. When it is gone nobody waits for the work any more.
Task<Result<std::string>> LongWork::Follow(tasks::TaskContext& context) {
    const AtEnd gone(stop_, true);
    for (;;) {
        context.SetProgress(fraction_);
        co_await runtime::Sleep(kLookEvery);
    }
}

}  // namespace mp::storage
