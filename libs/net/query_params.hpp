#pragma once
// The parameters of a query string, decoded, in their order. A name may occur more than once.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.hpp"

namespace mp::net {

class QueryParams {
  public:
    // `query` is what follows '?'. InvalidArgument, beginning with the name of the
    // parameter whose escape is broken.
    static Result<QueryParams> Parse(std::string_view query);

    // The first value of that name.
    std::optional<std::string_view> Get(std::string_view name) const;
    bool Has(std::string_view name) const { return Get(name).has_value(); }
    const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

  private:
    std::vector<std::pair<std::string, std::string>> all_;
};

}  // namespace mp::net
