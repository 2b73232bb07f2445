#include "config/command_line.hpp"

#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>

namespace mp::config {

Sources CommandLine::ToSources(const Program& program) const {
    return Sources{
        .directory = config_dir,
        .environment = environment,
        .environment_required = environment_given,
        .overrides = overrides,
        .well_known_names = program.well_known_names,
        .variables = ProcessEnvironment(),
    };
}

std::variant<CommandLine, int> ParseCommandLine(
    int argc, const char* const* argv, const Program& program
) {
    CommandLine line;
    line.config_dir = program.config_dir;
    if (const char* directory = std::getenv("MP_CONFIG_DIR")) line.config_dir = directory;

    CLI::App app(program.description, program.name);
    app.set_version_flag("--version", program.name + " " + program.version);
    app.add_option(
           "--config-dir", line.config_dir, "Directory of base.yaml, <env>.yaml, local.yaml"
    )
        ->capture_default_str();
    const CLI::Option* environment =
        app.add_option("--env", line.environment, "Which <env>.yaml to lay over base.yaml")
            ->capture_default_str();
    app.add_option("--set", line.overrides, "key.path=value, over every other source; repeatable")
        ->take_all()
        ->allow_extra_args(false);
    app.add_flag(
        "--check-config", line.check_config, "Print the effective configuration and leave"
    );
    app.footer(
        "Configuration: base.yaml < <env>.yaml < local.yaml < environment (MP_<SECTION>__<KEY>) < "
        "--set.\nExit codes: 0 clean stop, 1 failure, 2 bad usage or configuration."
    );
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& ended) {
        return app.exit(ended, std::cout, std::cerr) == 0 ? 0 : 2;
    }
    line.environment_given = environment->count() > 0;
    return line;
}

}  // namespace mp::config
