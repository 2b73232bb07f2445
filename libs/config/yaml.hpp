#pragma once
// YAML text to Node. The only place that knows yaml-cpp, together with its source.

#include <string>

#include "base/status.hpp"
#include "config/node.hpp"

namespace mp::config {

// `origin` names the source; each node gets its own line. Duplicate keys, keys that are not text,
// several documents and nesting beyond 32 levels are errors ("file:line: what").
Result<Node> ParseYaml(const std::string& text, const Origin& origin);

}  // namespace mp::config
