#pragma once
// A day like others, made up and always the same: trades of eight instruments, one a millisecond.

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"

namespace mp::bench {

inline constexpr Nanos kFirstTrade = 1'767'225'600 * kSecond;
inline constexpr Nanos kBetweenTrades = 1'000'000;

struct EncodedTrade {
    size_t instrument = 0;
    model::Event event;
    std::string bytes;
};

class Trades {
  public:
    Trades();

    const std::vector<model::Series>& series() const { return series_; }
    // The next ones, of all instruments in turn; valid until the next call.
    const std::vector<EncodedTrade>& Next(size_t count);

  private:
    std::vector<model::Series> series_;
    std::array<int64_t, 8> price_{};
    std::mt19937_64 random_{42};
    uint64_t made_ = 0;
    std::vector<EncodedTrade> trades_;
};

}  // namespace mp::bench
