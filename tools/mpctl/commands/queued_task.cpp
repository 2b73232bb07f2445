#include "mpctl/commands/queued_task.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "mpctl/client/failure.hpp"
#include "mpctl/text/progress_bar.hpp"
#include "mpctl/text/terminal.hpp"
#include "net/url.hpp"
#include "reliability/retry.hpp"
#include "runtime/sleep.hpp"

namespace mp::mpctl {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongestPause = 2s;

Task<Result<std::string>> Submit(Gateway& gateway, const QueuedTask& task) {
    Json body = {
        {"kind", task.kind},
        {"priority", "high"},
        {"timeout", task.timeout},
        {"payload", task.payload}};
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

}  // namespace

Task<Result<Answer>> RunQueuedTask(Context& context, QueuedTask task) {
    const Result<std::string> id = co_await Submit(context.gateway, task);
    if (!id.ok()) co_return id.status();
    Result<Answer> over = absl::UnknownError("nothing was told");
    {
        ProgressBar bar(task.kind, Terminal::StderrIsTerminal() && !context.json);
        over = co_await UntilOver(context.gateway, *id, bar);
    }
    if (!over.ok()) {
        co_return Annotate(over.status(), "task " + *id + " goes on, but how it ends is unknown");
    }
    const Json ended = over->json.value("data", Json::object());
    if (StringOf(ended, "status") == "succeeded") co_return over;
    const std::string why = StringOf(ended, "error");
    co_return absl::AbortedError(
        task.otherwise + ": " + (why.empty() ? StringOf(ended, "status") : why)
    );
}

}  // namespace mp::mpctl
