#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <tuple>

#include <CLI/CLI.hpp>

#include "mpctl/client/failure.hpp"
#include "mpctl/commands/command.hpp"
#include "mpctl/commands/rows.hpp"
#include "mpctl/doctor/checks.hpp"
#include "mpctl/text/progress_bar.hpp"
#include "mpctl/text/terminal.hpp"
#include "runtime/sleep.hpp"

namespace mp::mpctl {
namespace {

constexpr size_t kMaxInstruments = 50;  // whose coverage is asked for

struct DoctorOptions {
    double seconds = 3;
};

const char* NameOf(Level level) {
    switch (level) {
        case Level::kOk:
            return "ok";
        case Level::kWarning:
            return "warning";
        case Level::kFailure:
            return "failure";
    }
    return "";
}

Cell LevelCell(Level level) {
    switch (level) {
        case Level::kOk:
            return Cell("ok", Tone::kGood);
        case Level::kWarning:
            return Cell("warn", Tone::kWarning);
        case Level::kFailure:
            return Cell("FAIL", Tone::kBad);
    }
    return Cell("");
}

// The answer's JSON; null where the gateway could not answer that.
Task<Json> AskFor(Gateway& gateway, std::string path, Query query) {
    const Result<Answer> answer = co_await gateway.Get(std::move(path), std::move(query));
    co_return answer.ok() ? answer->json : Json(nullptr);
}

// Of as many instruments as half of the remaining requests allow.
Task<std::vector<Json>> AskCoverage(Gateway& gateway, int64_t requests_left) {
    std::vector<Json> coverage;
    const size_t allowed =
        requests_left < 0 ? kMaxInstruments : static_cast<size_t>(requests_left) / 2;
    const size_t instruments_asked = std::clamp<size_t>(allowed, 1, kMaxInstruments);
    const Query page = {{"limit", std::to_string(instruments_asked)}};
    const Json instruments = co_await AskFor(gateway, "/api/v1/instruments", page);
    for (const Json& row : RowsOf(instruments)) {
        const Query query = {
            {"exchange", StringOf(row, "exchange")},
            {"market", StringOf(row, "market")},
            {"symbol", StringOf(row, "symbol")}};
        coverage.push_back(co_await AskFor(gateway, "/api/v1/coverage", query));
    }
    co_return coverage;
}

Task<Result<Evidence>> Gather(Context& context, double seconds) {
    ProgressBar bar("examining", Terminal::StderrIsTerminal() && !context.json);
    Evidence evidence;
    Result<Snapshot> older = co_await TakeSnapshot(context.gateway, context.clock);
    if (!older.ok()) co_return older.status();
    evidence.older = *std::move(older);
    constexpr int kSteps = 20;
    for (int step = 0; step < kSteps; ++step) {
        bar.Show(static_cast<double>(step) / kSteps, "watching the system");
        co_await runtime::Sleep(Duration(static_cast<Nanos>(seconds * kSecond / kSteps)));
    }
    Result<Snapshot> newer = co_await TakeSnapshot(context.gateway, context.clock);
    if (!newer.ok()) co_return newer.status();
    evidence.newer = *std::move(newer);
    const Query dead = {{"status", "dead"}, {"limit", "1000"}};
    evidence.jobs = co_await AskFor(context.gateway, "/api/v1/jobs", Query());
    evidence.dead_tasks = co_await AskFor(context.gateway, "/api/v1/tasks", dead);
    evidence.coverage = co_await AskCoverage(context.gateway, evidence.newer.rate_limit_remaining);
    evidence.now = context.clock.Now();
    co_return evidence;
}

void PrintJson(Context& context, const std::vector<Finding>& findings) {
    Json rows = Json::array();
    for (const Finding& finding : findings) {
        rows.push_back(
            {{"level", NameOf(finding.level)},
             {"area", finding.area},
             {"what", finding.what},
             {"advice", finding.advice}}
        );
    }
    context.out << Json{{"data", rows}}.dump() << "\n";
}

void Print(Context& context, const std::vector<Finding>& findings) {
    Table table({{""}, {"AREA"}, {"FINDING"}});
    size_t warnings = 0;
    size_t failures = 0;
    for (const Finding& finding : findings) {
        warnings += finding.level == Level::kWarning ? 1 : 0;
        failures += finding.level == Level::kFailure ? 1 : 0;
        table.Add({LevelCell(finding.level), finding.area, finding.what});
        if (!finding.advice.empty()) {
            table.Add({"", "", Cell("-> " + finding.advice, Tone::kFaint)});
        }
    }
    context.out << table.Render(Terminal::OfStdout().data_style()) << "\n";
    if (warnings + failures == 0) {
        context.out << "all is well\n";
    } else {
        context.out << failures << (failures == 1 ? " failure, " : " failures, ") << warnings
                    << (warnings == 1 ? " warning\n" : " warnings\n");
    }
}

Task<Result<int>> Examine(Context& context, DoctorOptions options) {
    const Result<Evidence> evidence = co_await Gather(context, options.seconds);
    if (!evidence.ok()) co_return evidence.status();
    const std::vector<Finding> findings = CheckAll(*evidence);
    if (context.json) {
        PrintJson(context, findings);
    } else {
        Print(context, findings);
    }
    const bool ill = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
        return finding.level == Level::kFailure;
    });
    co_return ill ? kExitFailure : kExitOk;
}

}  // namespace

void AddDoctor(CLI::App& app, Command& chosen) {
    auto options = std::make_shared<DoctorOptions>();
    CLI::App* const command =
        app.add_subcommand("doctor", "what is wrong, and what to do about it");
    command->add_option("--seconds", options->seconds, "how long the system is watched")
        ->check(CLI::Range(0.5, 3600.0))
        ->capture_default_str();
    command->callback([&chosen, options] {
        chosen = [options](Context& context) { return Examine(context, *options); };
    });
}

}  // namespace mp::mpctl
