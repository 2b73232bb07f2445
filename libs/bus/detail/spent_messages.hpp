#pragma once
// Messages that nobody needs any more, on their way back to the C client. It hands each one to a
// thread of its own and wakes that for it, which costs more than the message did; many at once cost
// one waking. One for each thread; what is left goes back when the thread ends.

#include <array>
#include <cstddef>
#include <nats/nats.h>

namespace mp::bus::detail {

class SpentMessages {
  public:
    static SpentMessages& OfThisThread();

    SpentMessages() = default;
    SpentMessages(const SpentMessages&) = delete;
    SpentMessages& operator=(const SpentMessages&) = delete;
    ~SpentMessages() { GiveBack(); }

    void Add(natsMsg* message);

  private:
    static constexpr size_t kMany = 64;
    static constexpr size_t kManyBytes = 256u << 10;

    void GiveBack();

    std::array<natsMsg*, kMany> messages_;
    size_t count_ = 0;
    size_t bytes_ = 0;
};

}  // namespace mp::bus::detail
