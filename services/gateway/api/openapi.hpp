#pragma once
// The OpenAPI 3.0 document of the REST API, made from the route table.

#include <string>

namespace mp::gateway {

std::string OpenApiDocument();

}  // namespace mp::gateway
