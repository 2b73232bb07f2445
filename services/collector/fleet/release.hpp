#pragma once
// When an instrument that has become another collector's may be let go: once its new owners flow
// and what is vouched for here reaches to where they begin, so that nothing lies between. Pure.

#include <optional>

#include "base/time.hpp"

namespace mp::collector {

class Release {
  public:
    // `taken_over`: Shard::TakenOver. `claimed_to`: everything of the instrument before this has
    // been vouched for here. `patience`: how long a quiet stream, whose claims do not advance, is
    // waited for once the others flow. While they do not, it is never let go: collecting twice
    // costs little.
    bool Ready(std::optional<Nanos> taken_over, Nanos claimed_to, Nanos steady, Nanos patience) {
        if (!taken_over) {
            since_.reset();
            return false;
        }
        if (!since_) {
            since_ = steady;
            reach_ = *taken_over;
        }
        return claimed_to >= reach_ || steady - *since_ >= patience;
    }

  private:
    std::optional<Nanos> since_;
    Nanos reach_ = 0;
};

}  // namespace mp::collector
