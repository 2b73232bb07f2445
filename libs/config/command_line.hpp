#pragma once
// The flags that every service has.

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "config/sources.hpp"

namespace mp::config {

// What a service says about itself.
struct Program {
    std::string name;         // "mp-collector"
    std::string description;  // one sentence for --help
    std::string version = MP_VERSION;
    // Where its YAML files are unless $MP_CONFIG_DIR or --config-dir says otherwise.
    std::filesystem::path config_dir;
    std::vector<WellKnownName> well_known_names;
    // What a running service takes from files that have changed (config/changes.hpp: `taken`).
    std::vector<std::string> taken_at_run_time;
};

struct CommandLine {
    std::filesystem::path config_dir;
    std::string environment = "development";
    bool environment_given = false;
    std::vector<std::string> overrides;
    bool check_config = false;

    // What to load, with the process environment.
    Sources ToSources(const Program& program) const;
};

// The flags, or the exit code when there is nothing more to do: 0 after --help and --version, 2
// after bad usage, which is explained on stderr.
std::variant<CommandLine, int> ParseCommandLine(
    int argc, const char* const* argv, const Program& program
);

}  // namespace mp::config
