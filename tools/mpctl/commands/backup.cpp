// Backups of the store: `backup` asks storage for one through the queue of tasks and waits;
// `restore` works on folders of this machine, without any service.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>

#include "backup/restore.hpp"
#include "mpctl/client/failure.hpp"
#include "mpctl/commands/command.hpp"
#include "mpctl/text/format.hpp"
#include "mpctl/text/progress_bar.hpp"
#include "mpctl/text/table.hpp"
#include "mpctl/text/terminal.hpp"
#include "net/url.hpp"
#include "reliability/retry.hpp"
#include "runtime/sleep.hpp"

namespace mp::mpctl {
namespace {

using namespace std::chrono_literals;

struct BackupWish {
    std::string to;
    uint32_t keep = 0;
    std::string timeout = "24h";
};

struct RestoreWish {
    std::string from;
    std::string to;
    uint32_t id = 0;
    bool list = false;
};

constexpr Duration kLongestPause = 2s;

Task<Result<std::string>> Submit(Gateway& gateway, const BackupWish& wish) {
    Json payload = Json::object();
    if (!wish.to.empty()) payload["to"] = wish.to;
    if (wish.keep > 0) payload["keep"] = wish.keep;
    Json body = {
        {"kind", "backup"}, {"priority", "high"}, {"timeout", wish.timeout}, {"payload", payload}};
    const Result<Answer> answer = co_await gateway.Post("/api/v1/tasks", std::move(body));
    if (!answer.ok()) co_return answer.status();
    co_return StringOf(answer->json.value("data", Json::object()), "task_id");
}

bool IsOver(const std::string& status) {
    return status == "succeeded" || status == "dead" || status == "cancelled";
}

// The task's record at its end. A gateway that does not answer for a while is asked again.
Task<Result<Answer>> UntilOver(Gateway& gateway, std::string id, ProgressBar& bar) {
    const std::string path = "/api/v1/tasks/" + net::PercentEncode(id);
    Duration pause = 100ms;
    for (int refused = 0;;) {
        co_await runtime::Sleep(pause);
        pause = std::min<Duration>(pause * 2, kLongestPause);
        const Result<Answer> answer = co_await gateway.Get(path);
        if (!answer.ok()) {
            if (!reliability::IsTransient(answer.status()) || ++refused > 30) {
                co_return answer.status();
            }
            continue;
        }
        refused = 0;
        const Json task = answer->json.value("data", Json::object());
        const std::string status = StringOf(task, "status");
        if (IsOver(status)) co_return answer;
        std::string note = status;
        if (status == "pending") note = "waits for a storage";
        if (status == "failed") note = "to be tried again: " + StringOf(task, "error");
        bar.Show(task.value("progress", 0.0), note);
    }
}

Task<Result<int>> BackUp(Context& context, BackupWish wish) {
    const Result<std::string> id = co_await Submit(context.gateway, wish);
    if (!id.ok()) co_return id.status();
    Result<Answer> over = absl::UnknownError("nothing was told");
    {
        ProgressBar bar("backup", Terminal::StderrIsTerminal() && !context.json);
        over = co_await UntilOver(context.gateway, *id, bar);
    }
    if (!over.ok()) {
        co_return Annotate(over.status(), "task " + *id + " goes on, but how it ends is unknown");
    }
    const Json task = over->json.value("data", Json::object());
    if (StringOf(task, "status") != "succeeded") {
        const std::string why = StringOf(task, "error");
        co_return absl::AbortedError(
            "no backup was made: " + (why.empty() ? StringOf(task, "status") : why)
        );
    }
    if (context.json) {
        context.out << over->body << "\n";
        co_return kExitOk;
    }
    const Json made = task.value("result", Json::object());
    context.out << "backup " << TextOf(made, "backup") << " in " << TextOf(made, "to") << ": "
                << FormatBytes(made.value("bytes", 0.0)) << ", of which "
                << FormatBytes(made.value("copied_bytes", 0.0)) << " are new, "
                << FormatCount(made.value("events", uint64_t{0})) << " events\n";
    co_return kExitOk;
}

// Keys, limits and gateways, of which advice would be given, have no part in what fails here.
Status OnThisMachine(const Status& failure) {
    if (failure.ok() || absl::IsInvalidArgument(failure)) return failure;
    return absl::AbortedError(failure.message());
}

Json JsonOf(const backup::Backup& backup) {
    return {
        {"backup", backup.id},
        {"made", FormatTime(backup.made)},
        {"bytes", backup.bytes},
        {"events", backup.label.events},
        {"floor", backup.label.floor},
        {"schema", backup.label.schema},
        {"program", backup.label.program}};
}

Task<Result<int>> ListBackups(Context& context, RestoreWish wish) {
    const auto backups = backup::List(wish.from);
    if (!backups.ok()) co_return OnThisMachine(backups.status());
    Json rows = Json::array();
    Table table(
        {{"BACKUP", Align::kRight},
         {"MADE"},
         {"SIZE", Align::kRight},
         {"EVENTS", Align::kRight},
         {"VERSION"}}
    );
    for (const backup::Backup& backup : backups->sound) {
        rows.push_back(JsonOf(backup));
        table.Add(
            {std::to_string(backup.id),
             ShortTime(FormatTime(backup.made)),
             FormatBytes(static_cast<double>(backup.bytes)),
             FormatCount(backup.label.events),
             backup.label.program}
        );
    }
    for (const uint32_t id : backups->damaged) {
        rows.push_back(Json{{"backup", id}, {"damaged", true}});
        table.Add({std::to_string(id), "damaged", "", "", ""});
    }
    for (const uint32_t id : backups->foreign) {
        rows.push_back(Json{{"backup", id}, {"foreign", true}});
        table.Add({std::to_string(id), "another program's", "", "", ""});
    }
    if (context.json) {
        context.out << Json{{"data", rows}}.dump() << "\n";
    } else {
        context.out << table.Render(Terminal::OfStdout().data_style());
    }
    co_return kExitOk;
}

Task<Result<int>> Restore(Context& context, RestoreWish wish) {
    if (wish.to.empty()) co_return absl::InvalidArgumentError("--to: a folder for the store");
    // It copies on the only thread there is: who asks it to stop ends it.
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
    const auto restored = backup::Restore({wish.from, wish.to, wish.id});
    if (!restored.ok()) co_return OnThisMachine(restored.status());
    if (context.json) {
        Json answer = JsonOf(*restored);
        answer["to"] = wish.to;
        context.out << answer.dump() << "\n";
        co_return kExitOk;
    }
    context.out << "backup " << restored->id << " of " << ShortTime(FormatTime(restored->made))
                << " is in " << wish.to << ": " << FormatBytes(static_cast<double>(restored->bytes))
                << ", " << FormatCount(restored->label.events)
                << " events. Start storage on it: what came since is read from the bus, what the "
                   "bus has no more becomes a listed gap\n";
    co_return kExitOk;
}

}  // namespace

void AddBackup(CLI::App& app, Command& chosen) {
    auto wish = std::make_shared<BackupWish>();
    CLI::App* const command = app.add_subcommand("backup", "copy the store while it works");
    command->add_option("--to", wish->to, "full path on storage's machine (its backup.path)");
    command->add_option("--keep", wish->keep, "the newest so many stay there (its backup.keep)")
        ->check(CLI::Range(1, 10'000));
    command->add_option("--within", wish->timeout, "how long it may take, such as 2h")
        ->capture_default_str();
    command->callback([&chosen, wish] {
        chosen = [wish](Context& context) { return BackUp(context, *wish); };
    });
}

void AddRestore(CLI::App& app, Command& chosen) {
    auto wish = std::make_shared<RestoreWish>();
    CLI::App* const command = app.add_subcommand(
        "restore", "make a store of a backup, on this machine; no service needed"
    );
    command->add_option("--from", wish->from, "the folder with backups")->required();
    command->add_option("--to", wish->to, "a folder that is empty, or not there yet");
    command->add_option("--backup", wish->id, "which one, as --list shows it; the newest")
        ->check(CLI::Range(1u, ~0u));
    command->add_flag("--list", wish->list, "show the backups, restore nothing");
    command->callback([&chosen, wish] {
        chosen = [wish](Context& context) {
            return wish->list ? ListBackups(context, *wish) : Restore(context, *wish);
        };
    });
}

}  // namespace mp::mpctl
