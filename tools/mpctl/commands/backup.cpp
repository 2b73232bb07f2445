// Backups of the store: `backup` asks storage for one through the queue of tasks and waits;
// `restore` works on folders of this machine, without any service.

#include <csignal>
#include <iostream>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "backup/restore.hpp"
#include "mpctl/client/failure.hpp"
#include "mpctl/commands/command.hpp"
#include "mpctl/commands/queued_task.hpp"
#include "mpctl/text/format.hpp"
#include "mpctl/text/table.hpp"
#include "mpctl/text/terminal.hpp"

namespace mp::mpctl {
namespace {

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

Task<Result<int>> BackUp(Context& context, BackupWish wish) {
    QueuedTask task;
    task.kind = "backup";
    task.timeout = wish.timeout;
    task.otherwise = "no backup was made";
    if (!wish.to.empty()) task.payload["to"] = wish.to;
    if (wish.keep > 0) task.payload["keep"] = wish.keep;
    const Result<Answer> answer = co_await RunQueuedTask(context, std::move(task));
    if (!answer.ok()) co_return answer.status();
    if (context.json) {
        context.out << answer->body << "\n";
        co_return kExitOk;
    }
    const Json made = answer->json["data"].value("result", Json::object());
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
