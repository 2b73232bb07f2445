#pragma once
// What all commands have in common. Each command's file adds its own subcommand and flags; choosing
// one leaves its action in `chosen`.

#include <functional>
#include <iosfwd>

#include "base/status.hpp"
#include "base/time.hpp"
#include "mpctl/client/gateway.hpp"
#include "runtime/task.hpp"

namespace CLI {
class App;
}

namespace mp::mpctl {

// Lives as long as the command runs.
struct Context {
    Gateway& gateway;
    std::ostream& out;
    bool json = false;  // the gateway's words instead of tables
    const Clock& clock = DefaultClock();
};

// The exit code, or why it failed (client/failure.hpp).
using Command = std::function<Task<Result<int>>(Context&)>;

void AddTop(CLI::App& app, Command& chosen);
void AddServices(CLI::App& app, Command& chosen);
void AddMarket(CLI::App& app, Command& chosen);  // trades, book, klines, candles, bbo, ...
void AddInstruments(CLI::App& app, Command& chosen);
void AddEvents(CLI::App& app, Command& chosen);
void AddStream(CLI::App& app, Command& chosen);
void AddCoverage(CLI::App& app, Command& chosen);
void AddJobs(CLI::App& app, Command& chosen);
void AddTasks(CLI::App& app, Command& chosen);
void AddKeys(CLI::App& app, Command& chosen);
void AddBackup(CLI::App& app, Command& chosen);
void AddExport(CLI::App& app, Command& chosen);
void AddRestore(CLI::App& app, Command& chosen);
void AddDoctor(CLI::App& app, Command& chosen);
void AddVersion(CLI::App& app, Command& chosen);

}  // namespace mp::mpctl
