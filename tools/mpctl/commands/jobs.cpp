#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>

#include "mpctl/commands/command.hpp"
#include "mpctl/commands/rows.hpp"
#include "mpctl/text/terminal.hpp"
#include "net/url.hpp"

namespace mp::mpctl {
namespace {

Task<Result<int>> ListJobs(Context& context) {
    const Result<Answer> answer = co_await context.gateway.Get("/api/v1/jobs");
    if (!answer.ok()) co_return answer.status();
    if (context.json) {
        context.out << answer->body << "\n";
        co_return 0;
    }
    const std::string leader = StringOf(answer->json, "leader");
    context.out << RenderRows(
                       RowsOf(answer->json),
                       {{"JOB", "id"},
                        {"SCHEDULE", "schedule"},
                        {"TIME ZONE", "time_zone"},
                        {"ENABLED", "enabled"},
                        {"PAUSED", "paused"},
                        {"NEXT", "next_due_ts"},
                        {"LAST FIRED", "last_fired_ts"},
                        {"LAST TASK", "last_task_id"}},
                       Terminal::OfStdout().data_style()
                   )
                << (leader.empty() ? "nobody leads: nothing is fired until a scheduler runs"
                                   : "leader: " + leader)
                << "\n";
    co_return 0;
}

// run, pause, resume.
Task<Result<int>> ActOnJob(Context& context, std::string action, std::string id) {
    const Result<Answer> answer =
        co_await context.gateway.Post("/api/v1/jobs/" + net::PercentEncode(id) + "/" + action);
    if (!answer.ok()) co_return answer.status();
    if (context.json) {
        context.out << answer->body << "\n";
    } else if (action == "run") {
        const Json data = answer->json.value("data", Json::object());
        context.out << "task " << TextOf(data, "task_id") << "\n";
    } else {
        context.out << "job " << id << (action == "pause" ? " is paused\n" : " is resumed\n");
    }
    co_return 0;
}

}  // namespace

void AddJobs(CLI::App& app, Command& chosen) {
    CLI::App* const jobs = app.add_subcommand("jobs", "scheduled work: list, run, pause, resume");
    jobs->require_subcommand(0, 1);
    jobs->preparse_callback([&chosen](size_t) { chosen = ListJobs; });
    jobs->add_subcommand("list", "all jobs with their next due time")->callback([&chosen] {
        chosen = ListJobs;
    });
    const auto add = [&](const std::string& action, const std::string& help) {
        auto id = std::make_shared<std::string>();
        CLI::App* const command = jobs->add_subcommand(action, help);
        command->add_option("job", *id, "its id")->required();
        command->callback([&chosen, action, id] {
            chosen = [action, id](Context& context) { return ActOnJob(context, action, *id); };
        });
    };
    add("run", "now, beside its schedule");
    add("pause", "fires no more until it is resumed");
    add("resume", "fires again from its next due time on");
}

}  // namespace mp::mpctl
