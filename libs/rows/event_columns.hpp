#pragma once
// The columns of events as CSV: fixed for each data type, so that two files line up whatever their
// rows leave out.

#include <string_view>
#include <vector>

#include "model/instrument.hpp"

namespace mp::rows {

// What all events have, then the fields of the type.
std::vector<std::string_view> EventColumns(model::DataType type);

// Only the fields of the type.
std::vector<std::string_view> BodyColumns(model::DataType type);

}  // namespace mp::rows
