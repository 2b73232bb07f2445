#include "reliability/saga.hpp"

#include <absl/strings/str_cat.h>
#include <array>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "reliability/distributed_lock.hpp"
#include "reliability/update_surely.hpp"
#include "runtime/with_deadline.hpp"

namespace mp::reliability {
namespace {

constexpr std::array kStates = {
    SagaState::kRunning,
    SagaState::kCompensating,
    SagaState::kDone,
    SagaState::kCompensated,
    SagaState::kStuck};

Result<std::string> Encode(const SagaRecord& record, const std::string& runner) {
    const nlohmann::json json{
        {"kind", record.kind},
        {"state", ToString(record.state)},
        {"step", record.step},
        {"error", record.error},
        {"id", record.context.id},
        {"input", record.context.input},
        {"data", record.context.data},
        {"runner", runner}};
    try {
        return json.dump();
    } catch (const nlohmann::json::type_error& error) {
        return absl::InvalidArgumentError(error.what());
    }
}

Result<SagaRecord> Decode(const std::string& text) {
    try {
        const auto json = nlohmann::json::parse(text);
        SagaRecord record;
        json.at("kind").get_to(record.kind);
        json.at("step").get_to(record.step);
        json.at("error").get_to(record.error);
        json.at("id").get_to(record.context.id);
        json.at("input").get_to(record.context.input);
        json.at("data").get_to(record.context.data);
        for (const SagaState state : kStates) {
            if (json.at("state") == ToString(state)) record.state = state;
        }
        return record;
    } catch (const nlohmann::json::exception& error) {
        return absl::DataLossError(absl::StrCat("a saga's log entry is unreadable: ", error.what())
        );
    }
}

bool Unfinished(const SagaRecord& record) {
    return record.state == SagaState::kRunning || record.state == SagaState::kCompensating;
}

}  // namespace

std::string_view ToString(SagaState state) {
    switch (state) {
        case SagaState::kRunning:
            return "running";
        case SagaState::kCompensating:
            return "compensating";
        case SagaState::kDone:
            return "done";
        case SagaState::kCompensated:
            return "compensated";
        case SagaState::kStuck:
            break;
    }
    return "stuck";
}

SagaRunner::SagaRunner(KeyValue& log, SagaConfig config)
    : log_(log), config_(std::move(config)), runner_(MakeOwnerId("saga")) {}

void SagaRunner::Define(std::string kind, std::vector<SagaStep> steps) {
    kinds_.insert_or_assign(std::move(kind), std::move(steps));
}

Task<Status> SagaRunner::Start(std::string kind, std::string id, std::string input) {
    if (!kinds_.contains(kind)) co_return absl::NotFoundError("unknown kind of saga: " + kind);
    Logged logged;
    logged.record.kind = std::move(kind);
    logged.record.context = {std::move(id), std::move(input), {}};
    const Result<std::string> text = Encode(logged.record, runner_);
    if (!text.ok()) co_return text.status();
    const Result<uint64_t> created = co_await log_.Create(KeyOf(logged.record.context.id), *text);
    if (!created.ok()) co_return created.status();
    logged.revision = *created;
    ++stats_.started;
    co_return co_await Drive(std::move(logged));
}

Task<Status> SagaRunner::Resume(std::string id) {
    Result<Logged> logged = co_await Read(KeyOf(id));
    if (!logged.ok()) co_return logged.status();
    SagaRecord& record = logged->record;
    if (!kinds_.contains(record.kind)) {
        co_return absl::NotFoundError("unknown kind of saga: " + record.kind);
    }
    if (record.state == SagaState::kStuck) record.state = SagaState::kCompensating;
    if (!Unfinished(record)) co_return EndOf(record);
    ++stats_.resumed;
    // Claims the log entry, so that a runner still alive stops at its next write.
    if (Status claimed = co_await Write(*logged); !claimed.ok()) co_return claimed;
    co_return co_await Drive(*std::move(logged));
}

Task<Result<size_t>> SagaRunner::ResumeAll() {
    const Result<std::vector<std::string>> keys = co_await log_.Keys(config_.prefix);
    if (!keys.ok()) co_return keys.status();
    size_t resumed = 0;
    for (const std::string& key : *keys) {
        const Result<Logged> logged = co_await Read(key);
        if (!logged.ok() || !Unfinished(logged->record)) continue;
        if (!kinds_.contains(logged->record.kind)) continue;
        ++resumed;
        (co_await Resume(logged->record.context.id)).IgnoreError();  // its end is in the log
    }
    co_return resumed;
}

Task<Result<SagaRecord>> SagaRunner::Find(std::string id) {
    Result<Logged> logged = co_await Read(KeyOf(id));
    if (!logged.ok()) co_return logged.status();
    co_return std::move(logged->record);
}

Task<Status> SagaRunner::Drive(Logged logged) {
    const std::vector<SagaStep>& steps = kinds_.at(logged.record.kind);
    while (Unfinished(logged.record)) {
        if (logged.record.state == SagaState::kRunning) {
            co_await Forward(logged.record, steps);
        } else {
            co_await Backward(logged.record, steps);
        }
        if (Status written = co_await Write(logged); !written.ok()) co_return written;
    }
    switch (logged.record.state) {
        case SagaState::kDone:
            ++stats_.done;
            break;
        case SagaState::kCompensated:
            ++stats_.compensated;
            break;
        default:
            ++stats_.stuck;
    }
    co_return EndOf(logged.record);
}

Task<> SagaRunner::Forward(SagaRecord& record, const std::vector<SagaStep>& steps) {
    if (record.step < steps.size()) {
        const SagaStep& step = steps[record.step];
        const Status ran = co_await Act(step.run, record.context);
        if (!ran.ok()) {
            record.error = absl::StrCat(step.name, ": ", ran.ToString());
            record.state = SagaState::kCompensating;
            co_return;
        }
        ++record.step;
    }
    if (record.step >= steps.size()) record.state = SagaState::kDone;
}

Task<> SagaRunner::Backward(SagaRecord& record, const std::vector<SagaStep>& steps) {
    if (record.step < steps.size()) {  // beyond: defined shorter since it was logged
        const SagaStep& step = steps[record.step];
        const Status undone = co_await Act(step.compensate, record.context);
        if (!undone.ok()) {
            absl::StrAppend(&record.error, "; undoing ", step.name, ": ", undone.ToString());
            record.state = SagaState::kStuck;
            co_return;
        }
    }
    if (record.step == 0) {
        record.state = SagaState::kCompensated;
    } else {
        --record.step;
    }
}

Task<Status> SagaRunner::Act(const SagaStep::Action& action, SagaContext& context) {
    if (!action) co_return OkStatus();
    const Deadline deadline = Deadline::After(config_.step_timeout);
    const auto attempt = [&action, &context, deadline] {
        return runtime::WithDeadline(action(context), deadline);
    };
    co_return co_await Retry(config_.retry, deadline, attempt);
}

Status SagaRunner::EndOf(const SagaRecord& record) {
    switch (record.state) {
        case SagaState::kDone:
            return OkStatus();
        case SagaState::kCompensated:
            return absl::AbortedError(record.error);
        default:
            return absl::InternalError(record.error);
    }
}

std::string SagaRunner::KeyOf(const std::string& id) const {
    return absl::StrCat(config_.prefix, ".", KeyToken(id));
}

Task<Result<SagaRunner::Logged>> SagaRunner::Read(std::string key) {
    const Result<Entry> entry = co_await log_.Get(std::move(key));
    if (!entry.ok()) co_return entry.status();
    Result<SagaRecord> record = Decode(entry->value);
    if (!record.ok()) co_return record.status();
    co_return Logged{std::move(*record), entry->revision};
}

Task<Status> SagaRunner::Write(Logged& logged) {
    const Result<std::string> text = Encode(logged.record, runner_);
    if (!text.ok()) co_return text.status();
    const Result<uint64_t> written = co_await UpdateSurely(
        log_,
        KeyOf(logged.record.context.id),
        *text,
        logged.revision,
        Deadline::After(config_.log_timeout),
        config_.retry.pause
    );
    if (!written.ok()) co_return written.status();
    logged.revision = *written;
    co_return OkStatus();
}

}  // namespace mp::reliability
