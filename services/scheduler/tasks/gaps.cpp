#include "scheduler/tasks/gaps.hpp"

#include <optional>
#include <utility>

#include "model/coverage.hpp"

namespace mp::scheduler {
namespace {

namespace pb = marketprism::v1;

class Gaps {
  public:
    explicit Gaps(const pb::Series& series) : series_(series) {}

    void Add(Nanos from, Nanos to, pb::CoverageBasis basis, const std::string& reason) {
        if (from >= to) return;
        if (open_ && open_->to == from) {
            open_->to = to;
            if (basis == pb::COVERAGE_BASIS_SEQUENCE) open_->basis = basis;
            if (open_->reason == model::kCollectorLost) open_->reason = reason;
            return;
        }
        Close();
        open_ = FoundGap{series_, from, to, basis, reason};
    }
    void Close() {
        if (open_) found_.push_back(*std::move(open_));
        open_.reset();
    }
    std::vector<FoundGap> Take() { return std::move(found_); }

  private:
    const pb::Series& series_;
    std::optional<FoundGap> open_;
    std::vector<FoundGap> found_;
};

}  // namespace

std::vector<FoundGap> OpenGaps(const pb::SeriesCoverage& coverage, Nanos until) {
    Gaps gaps(coverage.series());
    std::optional<Nanos> known_to;
    for (const pb::Coverage& interval : coverage.intervals()) {
        if (known_to) {
            gaps.Add(
                *known_to,
                interval.from_ts(),
                pb::COVERAGE_BASIS_CONNECTION,
                std::string(model::kCollectorLost)
            );
        }
        if (interval.state() == pb::COVERAGE_STATE_OPEN) {
            gaps.Add(interval.from_ts(), interval.to_ts(), interval.basis(), interval.reason());
        } else {
            gaps.Close();
        }
        known_to = interval.to_ts();
    }
    gaps.Close();
    std::vector<FoundGap> found = gaps.Take();
    std::erase_if(found, [until](const FoundGap& gap) { return gap.to > until; });
    return found;
}

}  // namespace mp::scheduler
