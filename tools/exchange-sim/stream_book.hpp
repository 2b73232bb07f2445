#pragma once

#include "exchange-sim/replay.hpp"
#include "exchange-sim/text_sides.hpp"

namespace mp::sim {

// A book of an exchange that streams it whole before its changes.
class StreamBook : public RecordedBook {
  public:
    bool current() const override { return seeded_; }

  protected:
    static constexpr std::size_t kAll = static_cast<std::size_t>(-1);  // levels

    // A message comes, with the whole book or a change of it. False where it is of no use yet.
    bool Begin(bool whole) {
        if (whole) sides_.Clear();
        seeded_ = seeded_ || whole;
        return seeded_;
    }
    bool seeded() const { return seeded_; }

    TextSides sides_;

  private:
    bool seeded_ = false;
};

}  // namespace mp::sim
