#pragma once
// The columns of the API's rows as CSV: fixed for each kind of row, so that two answers of one
// route line up whatever their rows leave out.

#include <span>
#include <string_view>
#include <vector>

#include "gateway/api/route.hpp"

namespace mp::gateway {

// Of a route's rows; `type` where the route answers with events (rows/event_columns.hpp).
std::vector<std::string_view> ColumnsOf(Operation operation, model::DataType type);

}  // namespace mp::gateway
