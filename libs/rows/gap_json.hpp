#pragma once
// A gap as users see it.

#include "marketprism/v1/query.pb.h"
#include "rows/json_writer.hpp"

namespace mp::rows {

// {"from","to","state":"open|unrepairable","reason","missing"}; missing where it is known.
void WriteGap(const marketprism::v1::Gap& gap, JsonWriter& json);

}  // namespace mp::rows
