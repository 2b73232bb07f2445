#include "tasks/attempt.hpp"

#include <algorithm>
#include <exception>
#include <random>
#include <utility>

#include "bus/consumer.hpp"
#include "runtime/cancellation.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "runtime/with_deadline.hpp"
#include "tasks/message.hpp"
#include "tasks/timeout.hpp"
#include "telemetry/logging.hpp"

namespace mp::tasks {
namespace {

using marketprism::v1::TASK_STATUS_CANCELLED;
using marketprism::v1::TASK_STATUS_DEAD;
using marketprism::v1::TASK_STATUS_FAILED;
using marketprism::v1::TASK_STATUS_RUNNING;
using marketprism::v1::TASK_STATUS_SUCCEEDED;

const telemetry::Logger kLog{"tasks"};

constexpr std::chrono::seconds kAckTimeout{5};
constexpr std::chrono::minutes kDefaultTimeout{5};

// Lists a running task for as long as it lives.
class Listed {
  public:
    Listed(Workshop& shop, const std::string& id, runtime::Event& cancel) : shop_(shop), id_(id) {
        shop_.running[id_] = &cancel;
    }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;
    ~Listed() { shop_.running.erase(id_); }

  private:
    Workshop& shop_;
    const std::string id_;
};

// Trying again cannot help.
bool IsHopeless(const Status& status) {
    return absl::IsInvalidArgument(status) || absl::IsPermissionDenied(status);
}

}  // namespace

Attempt::Attempt(Workshop& shop, bus::StreamMessage message, std::string worker)
    : shop_(shop),
      message_(std::move(message)),
      worker_(std::move(worker)),
      retries_(RetriesBefore(message_)),
      trace_(TraceOf(message_)) {
    const std::string_view payload = message_.payload();
    if (!task_.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) task_.Clear();
}

Attempt::~Attempt() {
    if (!settled_) bus::Nak(shop_.connection, message_).IgnoreError();
}

runtime::Task<Status> Attempt::Run(const TaskHandler& handler) {
    if (task_.id().empty() || !handler) {
        Bury("not a task of this queue");
        co_return OkStatus();
    }
    const auto begun = co_await Begin();
    if (!begun.ok()) co_return begun.status();
    if (!*begun) co_return OkStatus();
    if (retries_ > task_.max_retries()) {
        // Its last worker was lost with it.
        stored_.record.set_error("the worker was lost");
        co_return co_await Close(TASK_STATUS_DEAD);
    }
    ++shop_.counters.started;
    Result<std::string> result = co_await Work(handler);
    co_return co_await Finish(std::move(result));
}

// Takes the record over. False: there is nothing to do (any more).
runtime::Task<Result<bool>> Attempt::Begin() {
    for (;;) {
        auto found = co_await shop_.records.Get(task_.id());
        if (!found.ok() && !absl::IsNotFound(found.status())) co_return found.status();
        stored_ = found.ok() ? *std::move(found) : StoredRecord();
        TaskRecord& record = stored_.record;
        if (IsFinal(record.status())) {
            if (record.status() == TASK_STATUS_CANCELLED) ++shop_.counters.cancelled;
            Settle(bus::Ack(shop_.connection, message_));
            co_return false;
        }
        *record.mutable_task() = task_;
        record.set_status(TASK_STATUS_RUNNING);
        record.set_retry_count(retries_);
        record.set_worker(worker_);
        record.set_stream_sequence(message_.stream_sequence);
        record.set_progress(0);
        const auto written = co_await Write();
        if (!written.ok() || *written) co_return written;
    }
}

// False: somebody else has changed the record meanwhile.
runtime::Task<Result<bool>> Attempt::Write() {
    stored_.record.set_updated_ts(shop_.clock.Now());
    Result<uint64_t> revision = 0;
    if (stored_.revision == 0) {
        revision = co_await shop_.records.Create(stored_.record);
    } else {
        revision = co_await shop_.records.Update(stored_.record, stored_.revision);
    }
    if (absl::IsAborted(revision.status()) || absl::IsAlreadyExists(revision.status())) {
        co_return false;
    }
    if (!revision.ok()) co_return revision.status();
    stored_.revision = *revision;
    co_return true;
}

runtime::Task<Result<std::string>> Attempt::Work(const TaskHandler& handler) {
    const Listed listed(shop_, task_.id(), cancel_);
    const auto limit = std::min(std::chrono::milliseconds(task_.timeout_ms()), kMaxTimeout);
    const Deadline deadline = Deadline::After(limit.count() > 0 ? limit : kDefaultTimeout);
    TaskContext context(task_, worker_, retries_, deadline, trace_);
    Result<std::string> result = co_await runtime::FirstOf(
        runtime::WithDeadline(Call(handler, context), deadline), Beat(context), WaitForCancel()
    );
    if (absl::IsDeadlineExceeded(result.status()) && deadline.Passed()) {
        ++shop_.counters.timed_out;
        result = absl::DeadlineExceededError("timed out");
    }
    co_return result;
}

runtime::Task<Result<std::string>> Attempt::Call(const TaskHandler& handler, TaskContext& context) {
    try {
        co_return co_await handler(context);
    } catch (const std::exception& thrown) {
        if (runtime::IsCancelled(std::current_exception())) throw;
        co_return absl::InternalError(std::string("handler threw: ") + thrown.what());
    }
}

// Tells the broker and everybody who looks that the work goes on. Ends only when the task was
// cancelled.
runtime::Task<Result<std::string>> Attempt::Beat(TaskContext& context) {
    for (;;) {
        co_await runtime::Sleep(shop_.config.heartbeat);
        bus::InProgress(shop_.connection, message_).IgnoreError();
        stored_.record.set_progress(std::clamp(context.progress(), 0.0, 1.0));
        const auto written = co_await Write();
        if (!written.ok()) ++shop_.counters.errors;
        if (!written.ok() || *written) continue;
        const auto ours = co_await StillOurs();
        if (ours.ok() && !*ours) cancel_.Set();
    }
}

// After the record was changed by somebody: whether that was a write of ours whose end we did not
// see.
runtime::Task<Result<bool>> Attempt::StillOurs() {
    auto found = co_await shop_.records.Get(task_.id());
    if (!found.ok() && !absl::IsNotFound(found.status())) co_return found.status();
    const bool ours = found.ok() && found->record.status() == TASK_STATUS_RUNNING &&
                      found->record.worker() == worker_ && found->record.retry_count() == retries_;
    if (ours) stored_.revision = found->revision;
    taken_over_ = !ours && (!found.ok() || found->record.status() != TASK_STATUS_CANCELLED);
    co_return ours;
}

runtime::Task<Result<std::string>> Attempt::WaitForCancel() {
    co_await cancel_.Wait();
    co_return absl::CancelledError("cancelled");
}

runtime::Task<Status> Attempt::Finish(Result<std::string> result) {
    if (cancel_.IsSet()) {
        LetGo();
        co_return OkStatus();
    }
    TaskRecord& record = stored_.record;
    if (result.ok()) {
        record.set_result_json(*std::move(result));
        record.set_progress(1);
        record.clear_error();
        co_return co_await Close(TASK_STATUS_SUCCEEDED);
    }
    ++shop_.counters.failed;
    record.set_error(result.status().ToString());
    const bool again = !IsHopeless(result.status()) && retries_ < task_.max_retries();
    co_return co_await Close(again ? TASK_STATUS_FAILED : TASK_STATUS_DEAD);
}

// The record first, then the message: lost in between, the task comes again and finds its record.
runtime::Task<Status> Attempt::Close(TaskState state) {
    stored_.record.set_status(state);
    for (;;) {
        const auto written = co_await Write();
        if (!written.ok()) co_return written.status();
        if (*written) break;
        const auto ours = co_await StillOurs();
        if (!ours.ok()) co_return ours.status();
        if (*ours) continue;
        LetGo();
        co_return OkStatus();
    }
    LogEnd(state);
    switch (state) {
        case TASK_STATUS_FAILED:
            ++shop_.counters.retried;
            Settle(bus::Nak(shop_.connection, message_, RetryDelay()));
            co_return OkStatus();
        case TASK_STATUS_DEAD:
            Bury(stored_.record.error());
            co_return OkStatus();
        default:
            ++shop_.counters.succeeded;
            settled_ = true;
            co_return co_await bus::AckAndWait(
                shop_.connection, message_, Deadline::After(kAckTimeout)
            );
    }
}

void Attempt::LogEnd(TaskState state) const {
    const telemetry::Logger log = kLog.With(
        {{"kind", task_.kind()},
         {"task", task_.id()},
         {"worker", worker_},
         {"attempt", retries_ + 1},
         {"trace_id", trace_.trace_id()}}
    );
    if (state == TASK_STATUS_SUCCEEDED) {
        log.Info("task done");
    } else {
        const bool dead = state == TASK_STATUS_DEAD;
        log.Warn(dead ? "task given up" : "attempt failed", {{"error", stored_.record.error()}});
    }
}

// Cancelled, or taken over by a worker that took us for lost: the record in the bucket stands.
void Attempt::LetGo() {
    settled_ = true;
    if (taken_over_) return;
    ++shop_.counters.cancelled;
    Settle(bus::Ack(shop_.connection, message_));
}

void Attempt::Bury(const std::string& reason) {
    ++shop_.counters.dead;
    shop_.dead_letters.Put(
        "tasks." + (task_.kind().empty() ? "unknown" : task_.kind()),
        reason,
        message_.payload(),
        {{"Mp-Task", task_.id()}, {"Mp-Retries", std::to_string(retries_)}}
    );
    Settle(bus::Term(shop_.connection, message_));
}

void Attempt::Settle(const Status& answer) {
    settled_ = true;
    if (!answer.ok()) ++shop_.counters.errors;
}

std::chrono::nanoseconds Attempt::RetryDelay() const {
    const auto doublings = std::min<uint32_t>(retries_, 20);
    const auto ceiling =
        std::min(shop_.config.retry_max, shop_.config.retry_first * (int64_t{1} << doublings));
    thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<int64_t> upper_half(ceiling.count() / 2, ceiling.count());
    return std::chrono::milliseconds(upper_half(random));
}

}  // namespace mp::tasks
