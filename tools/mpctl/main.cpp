#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "mpctl/client/failure.hpp"
#include "mpctl/commands/command.hpp"
#include "net/url.hpp"
#include "runtime/first_of.hpp"
#include "runtime/signals.hpp"
#include "tls/material.hpp"

namespace {

using namespace mp;
using namespace mp::mpctl;

struct Options {
    GatewayOptions gateway;
    tls::Files files;  // for https
    bool json = false;
    double timeout_seconds = 30;
};

std::string FromEnvironment(const char* name, const std::string& otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : otherwise;
}

void AddOptions(CLI::App& app, Options& options) {
    options.gateway.url = FromEnvironment("MP_GATEWAY", options.gateway.url);
    options.gateway.key = FromEnvironment("MP_API_KEY", "");
    app.add_option("--gateway", options.gateway.url, "its URL (MP_GATEWAY)")->capture_default_str();
    app.add_option("--key", options.gateway.key, "API key (MP_API_KEY: not seen by other users)");
    options.files.ca = FromEnvironment("MP_CA_FILE", "");
    options.files.certificate = FromEnvironment("MP_CERTIFICATE_FILE", "");
    options.files.key = FromEnvironment("MP_CERTIFICATE_KEY_FILE", "");
    app.add_option("--ca", options.files.ca, "who signs its certificate, PEM (MP_CA_FILE)");
    app.add_option("--certificate", options.files.certificate, "shown to it (MP_CERTIFICATE_FILE)");
    app.add_option(
        "--certificate-key", options.files.key, "of --certificate (MP_CERTIFICATE_KEY_FILE)"
    );
    app.add_flag("--json", options.json, "for programs: what the gateway answered");
    app.add_option("--timeout", options.timeout_seconds, "seconds for one answer")
        ->check(CLI::Range(0.1, 3600.0))
        ->capture_default_str();
}

void AddCommands(CLI::App& app, Command& chosen) {
    app.fallthrough();  // commands take this over when they are added: --json may stand behind them
    for (const auto add :
         {AddTop,
          AddServices,
          AddMarket,
          AddInstruments,
          AddStream,
          AddEvents,
          AddCoverage,
          AddJobs,
          AddTasks,
          AddKeys,
          AddBackup,
          AddExport,
          AddRestore,
          AddDoctor,
          AddVersion}) {
        add(app, chosen);
    }
    app.require_subcommand(1);
}

// Absent where no file is named.
Result<std::optional<net::TlsContext>> LoadTls(const tls::Files& files) {
    if (files.empty()) return std::optional<net::TlsContext>();
    if (files.certificate.empty() != files.key.empty()) {
        return absl::InvalidArgumentError("--certificate and --certificate-key go together");
    }
    const tls::Loaded loaded = tls::Load(files, DefaultClock().Now());
    if (!loaded.faults.empty()) return absl::InvalidArgumentError(loaded.faults.front().what);
    const tls::Material& own = loaded.material;
    Result<net::TlsContext> made =
        net::TlsContext::MakeClient({.ca = own.ca, .certificate = own.certificate, .key = own.key});
    if (!made.ok()) return made.status();
    return std::optional<net::TlsContext>(*std::move(made));
}

// Ctrl-C ends a command that shows something live, which is its normal end.
Task<Result<int>> UntilInterrupted() {
    const Status asked = co_await runtime::ShutdownSignal();
    if (!asked.ok()) co_return asked;
    co_return kExitOk;
}

// What is thrown here is an answer of another shape than the gateway's.
int RunCommand(const Options& options, const Command& command) {
    asio::io_context io{1};
    runtime::InstallSignals(io);
    Gateway gateway(io.get_executor(), options.gateway);
    Context context{gateway, std::cout, options.json};
    Result<int> outcome = absl::UnknownError("the command did not end");
    asio::co_spawn(
        io,
        runtime::FirstOf(command(context), UntilInterrupted()),
        [&](const std::exception_ptr& thrown, Result<int> ended) {
            if (thrown) std::rethrow_exception(thrown);
            outcome = std::move(ended);
            io.stop();
        }
    );
    try {
        io.run();
    } catch (const std::exception& error) {
        std::cerr << "mpctl: the answer makes no sense: " << error.what() << "\n"
                  << "  is " << options.gateway.url << " a MarketPrism gateway of this version?\n";
        return kExitFailure;
    }
    if (outcome.ok()) return *outcome;
    std::cerr << Explain(outcome.status());
    return ExitCodeOf(outcome.status());
}

}  // namespace

int main(int argc, char* argv[]) {
    CLI::App app("Asks a MarketPrism gateway from the command line.", "mpctl");
    app.set_version_flag("--version", "mpctl " MP_VERSION);
    Options options;
    Command command;
    AddOptions(app, options);
    AddCommands(app, command);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const std::vector<std::string> unknown = app.remaining();
        if (error.get_exit_code() != 0 && app.get_subcommands().empty() && !unknown.empty()) {
            std::cerr << "mpctl: there is no command '" << unknown.front()
                      << "'; see mpctl --help\n";
            return kExitUsage;
        }
        return app.exit(error) == 0 ? kExitOk : kExitUsage;
    }
    if (const auto url = net::ParseUrl(options.gateway.url); !url.ok() || url->websocket()) {
        std::cerr << "mpctl: --gateway: '" << options.gateway.url
                  << "' is no http:// or https:// URL\n";
        return kExitUsage;
    }
    auto tls = LoadTls(options.files);
    if (!tls.ok()) {
        std::cerr << Explain(tls.status());
        return kExitUsage;
    }
    options.gateway.tls = *std::move(tls);
    options.gateway.timeout = Duration(static_cast<Nanos>(options.timeout_seconds * kSecond));
    return RunCommand(options, command);
}
