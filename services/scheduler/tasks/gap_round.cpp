#include "scheduler/tasks/gap_round.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace mp::scheduler {
namespace {

namespace pb = marketprism::v1;

auto KeyOf(const pb::Instrument& instrument) {
    return std::tuple<std::string, int, std::string>(
        instrument.exchange(), instrument.market(), instrument.symbol()
    );
}

auto KeyOf(const GapPlace& place) {
    return std::tuple(place.exchange, place.market, place.symbol);
}

}  // namespace

GapPlace PlaceOf(const FoundGap& gap) {
    const pb::Instrument& instrument = gap.series.instrument();
    return {
        instrument.exchange(),
        instrument.market(),
        instrument.symbol(),
        gap.series.data_type(),
        gap.from};
}

GapRound::GapRound(GapPlace last, size_t most) : last_(std::move(last)), most_(most) {}

std::vector<pb::Instrument> GapRound::Arrange(std::vector<pb::Instrument> instruments) const {
    std::sort(instruments.begin(), instruments.end(), [](const auto& a, const auto& b) {
        return KeyOf(a) < KeyOf(b);
    });
    const auto first = std::find_if(instruments.begin(), instruments.end(), [this](const auto& at) {
        return KeyOf(at) >= KeyOf(last_);
    });
    std::rotate(instruments.begin(), first, instruments.end());
    return instruments;
}

bool GapRound::Add(std::vector<FoundGap> gaps) {
    std::sort(gaps.begin(), gaps.end(), [](const FoundGap& a, const FoundGap& b) {
        return PlaceOf(a) < PlaceOf(b);
    });
    const bool first = !std::exchange(begun_, true);
    for (FoundGap& gap : gaps) {
        const GapPlace place = PlaceOf(gap);
        const bool was_there = first && KeyOf(place) == KeyOf(last_) && place <= last_;
        (was_there ? behind_ : found_).push_back(std::move(gap));
    }
    return found_.size() < most_;
}

std::vector<FoundGap> GapRound::Take() {
    std::move(behind_.begin(), behind_.end(), std::back_inserter(found_));
    if (found_.size() > most_) found_.resize(most_);
    return std::move(found_);
}

}  // namespace mp::scheduler
