#include <ostream>

#include <CLI/CLI.hpp>

#include "mpctl/commands/command.hpp"
#include "mpctl/commands/rows.hpp"
#include "mpctl/text/terminal.hpp"

namespace mp::mpctl {
namespace {

Task<Result<int>> ListServices(Context& context) {
    const Result<Answer> answer = co_await context.gateway.Get("/api/v1/services");
    if (!answer.ok()) co_return answer.status();
    if (context.json) {
        context.out << answer->body << "\n";
        co_return 0;
    }
    context.out << RenderRows(
        RowsOf(answer->json),
        {{"SERVICE", "service"},
         {"INSTANCE", "instance"},
         {"HOST", "host"},
         {"HTTP", "http_port", Align::kRight},
         {"GRPC", "grpc_port", Align::kRight},
         {"STATUS", "status"},
         {"LOAD", "load", Align::kRight},
         {"DRAINING", "draining"},
         {"VERSION", "version"},
         {"STARTED", "started_ts"}},
        Terminal::OfStdout().data_style()
    );
    co_return 0;
}

Task<Result<int>> ShowVersion(Context& context) {
    const Result<Answer> answer = co_await context.gateway.Get("/api/v1/version");
    const std::string gateway = answer.ok() ? StringOf(answer->json, "version") : "";
    if (context.json) {
        const Json version = {
            {"mpctl", MP_VERSION}, {"gateway", gateway.empty() ? Json(nullptr) : Json(gateway)}};
        context.out << version.dump() << "\n";
    } else {
        context.out << "mpctl    " << MP_VERSION << "\n"
                    << "gateway  " << (gateway.empty() ? "does not answer" : gateway) << "\n";
    }
    co_return 0;
}

}  // namespace

void AddServices(CLI::App& app, Command& chosen) {
    app.add_subcommand("services", "who is running")->callback([&chosen] {
        chosen = ListServices;
    });
}

void AddVersion(CLI::App& app, Command& chosen) {
    app.add_subcommand("version", "of mpctl and of the gateway")->callback([&chosen] {
        chosen = ShowVersion;
    });
}

}  // namespace mp::mpctl
