#pragma once
// What a check found out, and what the user can do about it.

#include <string>
#include <utility>
#include <vector>

namespace mp::mpctl {

enum class Level { kOk, kWarning, kFailure };

struct Finding {
    Level level = Level::kOk;
    std::string area;    // "services", "disk", ...
    std::string what;    // one sentence
    std::string advice;  // what to do; empty when nothing is to be done
};

// Findings of one area as they come up.
class Findings {
  public:
    explicit Findings(std::string area) : area_(std::move(area)) {}

    void Ok(std::string what) { Add(Level::kOk, std::move(what), ""); }
    void Warn(std::string what, std::string advice) {
        Add(Level::kWarning, std::move(what), std::move(advice));
    }
    void Fail(std::string what, std::string advice) {
        Add(Level::kFailure, std::move(what), std::move(advice));
    }
    void Add(Level level, std::string what, std::string advice) {
        if (level == Level::kOk) advice.clear();
        list_.push_back({level, area_, std::move(what), std::move(advice)});
    }

    bool empty() const { return list_.empty(); }
    std::vector<Finding> Take() { return std::move(list_); }

  private:
    std::string area_;
    std::vector<Finding> list_;
};

// The more the worse.
inline Level Grade(double value, double warning, double failure) {
    if (value > failure) return Level::kFailure;
    return value > warning ? Level::kWarning : Level::kOk;
}

}  // namespace mp::mpctl
