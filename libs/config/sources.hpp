#pragma once
// Where configuration comes from, lowest layer first:
//   <directory>/base.yaml < <environment>.yaml < local.yaml < environment variables < --set
//
// Variables: MP_<SECTION>__<KEY>, nested by double underscores, case and `-` against `_` ignored
// (MP_VENUES__BINANCE_SPOT__ENABLED is venues.binance-spot.enabled); and the well-known names that
// a service maps (NATS_URL is bus.url). The well-known ones are the lower layer of the two. In
// variables and --set, a value that starts with [ or { is read as YAML, anything else is plain
// text.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "config/node.hpp"

namespace mp::config {

// An environment variable with a fixed name, and the key that it sets.
struct WellKnownName {
    std::string variable;
    std::string key;
};

struct Sources {
    std::filesystem::path directory;  // empty: no files
    std::string environment = "development";
    bool environment_required = false;   // a missing <environment>.yaml is an error
    std::vector<std::string> overrides;  // "key.path=value"
    std::vector<WellKnownName> well_known_names;
    std::map<std::string, std::string> variables;  // usually ProcessEnvironment()
};

std::map<std::string, std::string> ProcessEnvironment();

// All layers, merged. InvalidArgument lists every unreadable file and malformed entry, one a line
// with file and line. A directory without base.yaml is an error.
Result<Node> LoadTree(const Sources& sources);

}  // namespace mp::config
