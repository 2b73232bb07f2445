#include "bus/stream.hpp"

#include <absl/strings/escaping.h>
#include <absl/strings/str_join.h>
#include <utility>

#include "bus/detail/api.hpp"
#include "bus/topology.hpp"

namespace mp::bus {
namespace {

using detail::Json;

const char* NameOf(Retention retention) {
    switch (retention) {
        case Retention::kInterest:
            return "interest";
        case Retention::kWorkQueue:
            return "workqueue";
        case Retention::kLimits:
            break;
    }
    return "limits";
}

Json ToJson(const StreamConfig& config) {
    return Json{
        {"name", config.name},
        {"subjects", config.subjects},
        {"description", config.description},
        {"retention", NameOf(config.retention)},
        {"discard", config.discard == Discard::kNew ? "new" : "old"},
        {"storage", config.storage == Storage::kMemory ? "memory" : "file"},
        {"max_bytes", config.max_bytes},
        {"max_msgs", config.max_messages},
        {"max_msgs_per_subject", config.max_messages_per_subject},
        {"max_age", config.max_age.count()},
        {"max_consumers", -1},
        {"max_msg_size", -1},
        {"duplicate_window", config.duplicate_window.count()},
        {"num_replicas", config.replicas},
        {"allow_rollup_hdrs", config.allow_rollup},
        {"allow_direct", config.allow_direct},
        {"deny_delete", config.deny_delete},
    };
}

StreamConfig ConfigFrom(const Json& json) {
    StreamConfig config;
    config.name = detail::TextAt(json, "name");
    config.subjects = json.value("subjects", std::vector<std::string>());
    config.description = detail::TextAt(json, "description");
    const std::string retention = detail::TextAt(json, "retention");
    if (retention == "workqueue") config.retention = Retention::kWorkQueue;
    if (retention == "interest") config.retention = Retention::kInterest;
    if (detail::TextAt(json, "discard") == "new") config.discard = Discard::kNew;
    if (detail::TextAt(json, "storage") == "memory") config.storage = Storage::kMemory;
    config.max_bytes = detail::SignedAt(json, "max_bytes", -1);
    config.max_messages = detail::SignedAt(json, "max_msgs", -1);
    config.max_messages_per_subject = detail::SignedAt(json, "max_msgs_per_subject", -1);
    config.max_age = std::chrono::nanoseconds(detail::SignedAt(json, "max_age"));
    config.duplicate_window = std::chrono::nanoseconds(detail::SignedAt(json, "duplicate_window"));
    config.replicas = static_cast<int>(detail::SignedAt(json, "num_replicas", 1));
    config.allow_rollup = json.value("allow_rollup_hdrs", false);
    config.allow_direct = json.value("allow_direct", false);
    config.deny_delete = json.value("deny_delete", false);
    return config;
}

StreamInfo InfoFrom(const Json& json) {
    StreamInfo info;
    info.config = ConfigFrom(json.value("config", Json::object()));
    info.created = detail::TimeAt(json, "created");
    const Json state = json.value("state", Json::object());
    info.messages = detail::NumberAt(state, "messages");
    info.bytes = detail::NumberAt(state, "bytes");
    info.last_sequence = detail::NumberAt(state, "last_seq");
    info.first_sequence =
        info.messages == 0 ? info.last_sequence + 1 : detail::NumberAt(state, "first_seq");
    info.consumers = detail::SignedAt(state, "consumer_count");
    return info;
}

// What the broker refuses to change about a stream, and what we must not.
Status CheckChangeable(const StreamConfig& is, const StreamConfig& wanted) {
    std::vector<std::string> fixed;
    if (is.retention != wanted.retention) fixed.emplace_back("retention");
    if (is.storage != wanted.storage) fixed.emplace_back("storage");
    if (is.deny_delete && !wanted.deny_delete) fixed.emplace_back("deny_delete");
    const auto shards = ShardsIn(is.description);
    const auto wanted_shards = ShardsIn(wanted.description);
    if (shards && wanted_shards && *shards != *wanted_shards) {
        fixed.push_back(
            "shards (" + std::to_string(*shards) + ", wanted " + std::to_string(*wanted_shards) +
            ")"
        );
    }
    if (fixed.empty()) return OkStatus();
    return absl::FailedPreconditionError(
        "stream " + is.name +
        " exists with other settings that cannot be changed: " + absl::StrJoin(fixed, ", ")
    );
}

// The broker leaves out what is at its default and rounds some numbers; compare as we read both.
bool Same(const StreamConfig& a, const StreamConfig& b) {
    return ToJson(a) == ToJson(b);
}

runtime::Task<Result<StreamInfo>> Update(
    Connection& connection, Json existing, StreamConfig config, Deadline deadline
) {
    existing.update(ToJson(config));
    auto updated = co_await detail::CallApi(
        connection, "STREAM.UPDATE." + config.name, std::move(existing), deadline
    );
    if (!updated.ok()) co_return Annotate(updated.status(), "stream " + config.name);
    co_return InfoFrom(*updated);
}

}  // namespace

runtime::Task<Result<StreamInfo>> EnsureStream(
    Connection& connection, StreamConfig config, Deadline deadline
) {
    auto found =
        co_await detail::CallApi(connection, "STREAM.INFO." + config.name, Json(), deadline);
    if (absl::IsNotFound(found.status())) {
        const Json wanted = ToJson(config);
        auto created =
            co_await detail::CallApi(connection, "STREAM.CREATE." + config.name, wanted, deadline);
        if (created.ok()) co_return InfoFrom(*created);
        if (!absl::IsAlreadyExists(created.status())) {
            co_return Annotate(created.status(), "stream " + config.name);
        }
        // Somebody else was faster.
        found =
            co_await detail::CallApi(connection, "STREAM.INFO." + config.name, Json(), deadline);
    }
    if (!found.ok()) co_return Annotate(found.status(), "stream " + config.name);
    StreamInfo info = InfoFrom(*found);
    if (Same(info.config, config)) co_return info;
    if (Status changeable = CheckChangeable(info.config, config); !changeable.ok()) {
        co_return changeable;
    }
    Json existing = found->value("config", Json::object());
    co_return co_await Update(connection, std::move(existing), std::move(config), deadline);
}

runtime::Task<Result<StreamInfo>> GetStreamInfo(
    Connection& connection, std::string stream, Deadline deadline
) {
    auto answer = co_await detail::CallApi(connection, "STREAM.INFO." + stream, Json(), deadline);
    if (!answer.ok()) co_return Annotate(answer.status(), "stream " + stream);
    co_return InfoFrom(*answer);
}

runtime::Task<Result<uint64_t>> PurgeUpTo(
    Connection& connection, std::string stream, uint64_t sequence, Deadline deadline
) {
    Json request{{"seq", sequence + 1}};
    auto answer = co_await detail::CallApi(
        connection, "STREAM.PURGE." + stream, std::move(request), deadline
    );
    if (!answer.ok()) co_return Annotate(answer.status(), "stream " + stream);
    co_return detail::NumberAt(*answer, "purged");
}

namespace {

runtime::Task<Result<StoredMessage>> GetMessage(
    Connection& connection, std::string stream, Json request, Deadline deadline
) {
    auto answer = co_await detail::CallApi(
        connection, "STREAM.MSG.GET." + stream, std::move(request), deadline
    );
    if (!answer.ok()) co_return Annotate(answer.status(), "stream " + stream);
    const Json message = answer->value("message", Json::object());
    StoredMessage stored;
    stored.sequence = detail::NumberAt(message, "seq");
    stored.subject = detail::TextAt(message, "subject");
    stored.stored = detail::TimeAt(message, "time");
    if (!absl::Base64Unescape(detail::TextAt(message, "data"), &stored.payload)) {
        co_return absl::InternalError("stream " + stream + ": unreadable message");
    }
    co_return stored;
}

}  // namespace

runtime::Task<Result<StoredMessage>> GetStoredMessage(
    Connection& connection, std::string stream, uint64_t sequence, Deadline deadline
) {
    return GetMessage(connection, std::move(stream), Json{{"seq", sequence}}, deadline);
}

runtime::Task<Result<StoredMessage>> GetNewestMessage(
    Connection& connection, std::string stream, std::string subject, Deadline deadline
) {
    return GetMessage(connection, std::move(stream), Json{{"last_by_subj", subject}}, deadline);
}

runtime::Task<Status> DeleteStoredMessage(
    Connection& connection, std::string stream, uint64_t sequence, Deadline deadline
) {
    Json request{{"seq", sequence}, {"no_erase", true}};
    auto answer = co_await detail::CallApi(
        connection, "STREAM.MSG.DELETE." + stream, std::move(request), deadline
    );
    if (answer.ok()) co_return OkStatus();
    // The broker has no code of its own for a message that is gone, acknowledged a moment before.
    const auto left = co_await GetStoredMessage(connection, stream, sequence, deadline);
    if (absl::IsNotFound(left.status())) co_return OkStatus();
    co_return Annotate(answer.status(), "stream " + stream);
}

runtime::Task<Status> DeleteStream(Connection& connection, std::string stream, Deadline deadline) {
    auto answer = co_await detail::CallApi(connection, "STREAM.DELETE." + stream, Json(), deadline);
    if (answer.ok() || absl::IsNotFound(answer.status())) co_return OkStatus();
    co_return Annotate(answer.status(), "stream " + stream);
}

}  // namespace mp::bus
