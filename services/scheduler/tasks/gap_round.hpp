#pragma once
// Which gaps a run takes up, where there are more than it may: in a circle, from behind the last
// one that the run before took up, so that gaps which never end keep nobody else waiting. Pure.

#include <compare>
#include <cstddef>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "scheduler/tasks/gaps.hpp"

namespace mp::scheduler {

// Where a gap stands among all of them.
struct GapPlace {
    std::string exchange;
    int market = 0;
    std::string symbol;
    int data_type = 0;
    Nanos from = 0;

    friend auto operator<=>(const GapPlace&, const GapPlace&) = default;
};
GapPlace PlaceOf(const FoundGap& gap);

class GapRound {
  public:
    // `last`: the gap taken up last; empty: none yet.
    GapRound(GapPlace last, size_t most);

    // All there are, in any order; gives them back in the order in which Add wants their gaps.
    std::vector<marketprism::v1::Instrument> Arrange(
        std::vector<marketprism::v1::Instrument> instruments
    ) const;
    // All gaps of the next instrument, in any order. False: there is no room for those of others.
    bool Add(std::vector<FoundGap> gaps);
    // Those to take up, in their order. Once.
    std::vector<FoundGap> Take();

  private:
    const GapPlace last_;
    const size_t most_;
    bool begun_ = false;
    std::vector<FoundGap> found_;
    std::vector<FoundGap> behind_;  // of the first instrument, up to `last`: the circle's end
};

}  // namespace mp::scheduler
