#pragma once
// The metrics of one process, read from Prometheus' text format.

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mp::mpctl {

using Labels = std::map<std::string, std::string>;

class Samples {
  public:
    // Lines that cannot be read are left out: one strange metric must not hide the others.
    static Samples Parse(std::string_view text);

    // All samples of a name, by their labels; empty where there are none.
    const std::map<Labels, double>& Of(const std::string& name) const;

    // The sum over all labels; nothing where there are none.
    std::optional<double> Sum(const std::string& name) const;
    double SumOr(const std::string& name, double otherwise) const {
        return Sum(name).value_or(otherwise);
    }

    bool empty() const { return samples_.empty(); }

  private:
    std::map<std::string, std::map<Labels, double>> samples_;
};

// The label's value; empty where it has none.
const std::string& LabelOf(const Labels& labels, const std::string& name);

}  // namespace mp::mpctl
