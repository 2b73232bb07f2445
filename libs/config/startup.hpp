#pragma once
// From argv to a typed configuration: the first lines of every service's main.
//
//   const auto startup = config::Start<collector::Config>(argc, argv, program,
//   collector::ReadConfig); if (startup.exit_code) return *startup.exit_code;
//
// On SIGHUP (telemetry/reload.hpp): `startup.Reload()`; an error leaves the old one in force.

#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.hpp"
#include "config/command_line.hpp"
#include "config/reader.hpp"
#include "config/sources.hpp"

namespace mp::config {

// Reads the whole tree into the service's struct; mistakes stay in the reader.
template <typename Config>
using ReadFunction = void (*)(Reader& reader, Config& config);

template <typename Config>
struct Loaded {
    Config config;
    std::string effective;  // as --check-config prints it
    Values values;
};

template <typename Config>
Result<Loaded<Config>> Load(const Sources& sources, ReadFunction<Config> read) {
    const Result<Node> tree = LoadTree(sources);
    if (!tree.ok()) return tree.status();
    Loaded<Config> loaded;
    Reader reader(*tree);
    read(reader, loaded.config);
    MP_RETURN_IF_ERROR(reader.Finish());
    loaded.effective = reader.Effective();
    loaded.values = reader.values();
    return loaded;
}

template <typename Config>
struct Reloaded {
    Config config;
    std::vector<std::string> waiting;  // the keys that have changed since the start and that only
                                       // a restart brings into force
};

template <typename Config>
struct Startup {
    std::optional<int> exit_code;  // set: leave main with it
    Config config;
    Sources sources;
    ReadFunction<Config> read = nullptr;
    Values values;                   // at the start
    std::vector<std::string> taken;  // Program::taken_at_run_time

    // Everything again, from the files as they are now.
    Result<Reloaded<Config>> Reload() const {
        Result<Loaded<Config>> loaded = Load(sources, read);
        if (!loaded.ok()) return loaded.status();
        auto waiting = ChangedKeys(values, loaded->values, taken);
        return Reloaded<Config>{std::move(loaded->config), std::move(waiting)};
    }
};

// Exit code 2 after bad usage or configuration, with every error on stderr; 0 after --help,
// --version and a --check-config without errors.
template <typename Config>
Startup<Config> Start(
    int argc, const char* const* argv, const Program& program, ReadFunction<Config> read
) {
    Startup<Config> startup;
    startup.read = read;
    const auto parsed = ParseCommandLine(argc, argv, program);
    if (const int* code = std::get_if<int>(&parsed)) {
        startup.exit_code = *code;
        return startup;
    }
    const auto& command_line = std::get<CommandLine>(parsed);
    startup.sources = command_line.ToSources(program);
    Result<Loaded<Config>> loaded = Load(startup.sources, read);
    if (!loaded.ok()) {
        std::cerr << program.name << ": bad configuration\n" << loaded.status().message() << "\n";
        startup.exit_code = 2;
        return startup;
    }
    startup.config = std::move(loaded->config);
    startup.values = std::move(loaded->values);
    startup.taken = program.taken_at_run_time;
    if (command_line.check_config) {
        std::cout << loaded->effective << std::flush;
        startup.exit_code = 0;
    }
    return startup;
}

}  // namespace mp::config
