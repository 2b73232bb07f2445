#pragma once
// The columns of the API's rows as CSV: fixed for each kind of row, so that two answers of one
// route line up whatever their rows leave out.

#include <span>
#include <string_view>
#include <vector>

#include "gateway/api/route.hpp"

namespace mp::gateway {

// Of an event: what all have, then the fields of the type.
std::vector<std::string_view> EventColumns(model::DataType type);

// Of a route's rows; `type` where the route answers with events.
std::vector<std::string_view> ColumnsOf(Operation operation, model::DataType type);

}  // namespace mp::gateway
