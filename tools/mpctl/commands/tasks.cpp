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

struct ListOptions {
    std::string kind;
    std::string status;
    uint32_t limit = 50;
};

struct SubmitOptions {
    std::string kind;
    std::string priority;
    std::string payload;
};

Task<Result<int>> ListTasks(Context& context, ListOptions options) {
    const Query query = {
        {"kind", options.kind},
        {"status", options.status},
        {"limit", std::to_string(options.limit)}};
    const Result<Answer> answer = co_await context.gateway.Get("/api/v1/tasks", query);
    if (!answer.ok()) co_return answer.status();
    if (context.json) {
        context.out << answer->body << "\n";
        co_return 0;
    }
    context.out << RenderRows(
        RowsOf(answer->json),
        {{"TASK", "id"},
         {"KIND", "kind"},
         {"STATUS", "status"},
         {"PRIORITY", "priority"},
         {"RETRIES", "retry_count", Align::kRight},
         {"PROGRESS", "progress", Align::kRight},
         {"UPDATED", "updated_ts"},
         {"WORKER", "worker"},
         {"ERROR", "error"}},
        Terminal::OfStdout().data_style()
    );
    co_return 0;
}

Task<Result<int>> SubmitTask(Context& context, SubmitOptions options) {
    Json body = {{"kind", options.kind}};
    if (!options.priority.empty()) body["priority"] = options.priority;
    if (!options.payload.empty()) {
        body["payload"] = Json::parse(options.payload, nullptr, false);
        if (body["payload"].is_discarded()) {
            co_return absl::InvalidArgumentError("--payload is not JSON: " + options.payload);
        }
    }
    const Result<Answer> answer = co_await context.gateway.Post("/api/v1/tasks", std::move(body));
    if (!answer.ok()) co_return answer.status();
    if (context.json) {
        context.out << answer->body << "\n";
    } else {
        const Json data = answer->json.value("data", Json::object());
        context.out << "task " << TextOf(data, "task_id") << "\n";
    }
    co_return 0;
}

Task<Result<int>> CancelTask(Context& context, std::string id) {
    const Result<Answer> answer =
        co_await context.gateway.Post("/api/v1/tasks/" + net::PercentEncode(id) + "/cancel");
    if (!answer.ok()) co_return answer.status();
    if (context.json) {
        context.out << answer->body << "\n";
    } else {
        const Json data = answer->json.value("data", Json::object());
        context.out << "task " << id << ": " << TextOf(data, "status") << "\n";
    }
    co_return 0;
}

}  // namespace

void AddTasks(CLI::App& app, Command& chosen) {
    CLI::App* const tasks = app.add_subcommand("tasks", "queued work: list, submit, cancel");
    tasks->require_subcommand(0, 1);
    tasks->preparse_callback([&chosen](size_t) {
        chosen = [](Context& context) { return ListTasks(context, {}); };
    });

    auto list = std::make_shared<ListOptions>();
    CLI::App* const list_command = tasks->add_subcommand("list", "the tasks of the last 24 hours");
    list_command->add_option("--kind", list->kind, "only this kind");
    list_command->add_option("--status", list->status, "only these")
        ->check(CLI::IsMember({"pending", "running", "succeeded", "failed", "dead", "cancelled"}));
    list_command->add_option("-n,--limit", list->limit, "rows")->check(CLI::Range(1, 10'000));
    list_command->callback([&chosen, list] {
        chosen = [list](Context& context) { return ListTasks(context, *list); };
    });

    auto submit = std::make_shared<SubmitOptions>();
    CLI::App* const submit_command = tasks->add_subcommand("submit", "enqueue a task");
    submit_command->add_option("kind", submit->kind, "what is to be done")->required();
    submit_command->add_option("--priority", submit->priority, "low, normal, high or critical")
        ->check(CLI::IsMember({"low", "normal", "high", "critical"}));
    submit_command->add_option("--payload", submit->payload, "JSON for the worker");
    submit_command->callback([&chosen, submit] {
        chosen = [submit](Context& context) { return SubmitTask(context, *submit); };
    });

    auto id = std::make_shared<std::string>();
    CLI::App* const cancel_command = tasks->add_subcommand("cancel", "stop or withdraw a task");
    cancel_command->add_option("task", *id, "its id")->required();
    cancel_command->callback([&chosen, id] {
        chosen = [id](Context& context) { return CancelTask(context, *id); };
    });
}

}  // namespace mp::mpctl
