#include "gateway/json/control_json.hpp"

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "base/json_depth.hpp"
#include "gateway/json/members.hpp"
#include "model/instrument.hpp"
#include "rows/json_writer.hpp"
#include "tasks/timeout.hpp"
#include "wire/convert.hpp"

namespace mp::gateway {

using rows::JsonWriter;

namespace {

using Json = nlohmann::json;

constexpr std::pair<std::string_view, pb::TaskStatus> kStatuses[] = {
    {"pending", pb::TASK_STATUS_PENDING},
    {"running", pb::TASK_STATUS_RUNNING},
    {"succeeded", pb::TASK_STATUS_SUCCEEDED},
    {"failed", pb::TASK_STATUS_FAILED},
    {"dead", pb::TASK_STATUS_DEAD},
    {"cancelled", pb::TASK_STATUS_CANCELLED},
};
constexpr std::pair<std::string_view, pb::TaskPriority> kPriorities[] = {
    {"low", pb::TASK_PRIORITY_LOW},
    {"normal", pb::TASK_PRIORITY_NORMAL},
    {"high", pb::TASK_PRIORITY_HIGH},
    {"critical", pb::TASK_PRIORITY_CRITICAL},
};

template <class Table, class Value>
std::string_view NameOf(const Table& table, Value value) {
    for (const auto& [name, known] : table) {
        if (known == value) return name;
    }
    return "unknown";
}

template <class Value, size_t N>
std::optional<Value> ValueOf(
    const std::pair<std::string_view, Value> (&table)[N], std::string_view name
) {
    for (const auto& [known, value] : table) {
        if (known == name) return value;
    }
    return std::nullopt;
}

void TimeOrNull(std::string_view name, int64_t time, JsonWriter& json) {
    json.Key(name);
    if (time == 0) {
        json.Null();
    } else {
        json.Time(time);
    }
}

void WriteJob(const pb::Job& job, JsonWriter& json) {
    json.BeginObject();
    json.Field("id", job.id());
    json.Field("kind", job.kind());
    json.Field("schedule", job.schedule());
    json.Field("time_zone", job.time_zone());
    json.Key("enabled");
    json.Bool(job.enabled());
    json.Key("paused");
    json.Bool(job.paused());
    json.Field("priority", NameOf(kPriorities, job.priority()));
    json.Field("overlap", job.overlap());
    json.Field("misfire", job.misfire());
    TimeOrNull("next_due_ts", job.next_due_ts(), json);
    TimeOrNull("last_fired_ts", job.last_fired_ts(), json);
    json.Field("last_task_id", job.last_task_id());
    json.EndObject();
}

void WriteRecord(const pb::TaskRecord& record, JsonWriter& json) {
    json.BeginObject();
    json.Field("id", record.task().id());
    json.Field("kind", record.task().kind());
    json.Field("priority", NameOf(kPriorities, record.task().priority()));
    json.Field("status", NameOf(kStatuses, record.status()));
    json.Key("retry_count");
    json.Number(uint64_t{record.retry_count()});
    json.Key("progress");
    json.Number(record.progress());
    json.Field("worker", record.worker());
    json.Field("origin", record.task().origin());
    TimeOrNull("created_ts", record.task().created_ts(), json);
    TimeOrNull("updated_ts", record.updated_ts(), json);
    if (!record.error().empty()) json.Field("error", record.error());
    if (!record.result_json().empty()) {
        json.Key("result");
        if (Json::accept(record.result_json())) {
            json.Raw(record.result_json());
        } else {
            json.String(record.result_json());
        }
    }
    json.EndObject();
}

// {"data": <what `write` writes>}
template <class Write>
std::string Data(Write write) {
    std::string body;
    JsonWriter json(body);
    json.BeginObject();
    json.Key("data");
    write(json);
    json.EndObject();
    return body;
}

using Names = std::initializer_list<std::string_view>;

Result<Json> ParseBody(const std::string& body, Names known) {
    if (NestsDeeperThan(body, kMaxJsonDepth)) {
        return absl::InvalidArgumentError("body: is nested too deeply");
    }
    Json parsed = Json::parse(body, nullptr, false);
    if (!parsed.is_object()) return absl::InvalidArgumentError("body: must be a JSON object");
    MP_RETURN_IF_ERROR(CheckMembers(parsed, known));
    return parsed;
}

Result<std::string> TextMember(const Json& object, const char* name) {
    const auto it = object.find(name);
    if (it == object.end() || !it->is_string() || it->get_ref<const std::string&>().empty()) {
        return absl::InvalidArgumentError(std::string(name) + ": a text is required");
    }
    return it->get<std::string>();
}

Status ReadTimeout(const Json& member, pb::Task& task) {
    const auto timeout =
        ParseDuration(member.is_string() ? member.get_ref<const std::string&>() : std::string());
    if (!timeout.ok()) return absl::InvalidArgumentError("must be a text such as \"15m\"");
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(*timeout);
    task.set_timeout_ms(limit.count());
    return tasks::CheckTimeout(limit);
}

Status ReadInstrument(const Json& item, pb::Instrument& instrument) {
    if (!item.is_object()) return absl::InvalidArgumentError("instruments: must hold objects");
    MP_RETURN_IF_ERROR(CheckMembers(item, {"exchange", "market", "symbol"}));
    Result<std::string> exchange = TextMember(item, "exchange");
    if (!exchange.ok()) return exchange.status();
    Result<std::string> market = TextMember(item, "market");
    if (!market.ok()) return market.status();
    Result<std::string> symbol = TextMember(item, "symbol");
    if (!symbol.ok()) return symbol.status();
    const auto known = model::ParseMarket(*market);
    if (!known)
        return absl::InvalidArgumentError("market: must be spot, linear, inverse or option");
    instrument.set_exchange(*exchange);
    instrument.set_market(wire::ToProto(*known));
    instrument.set_symbol(*symbol);
    return OkStatus();
}

// Each goes to a collector of its exchange: not every one has all of them.
template <typename Request>
Status ReadInstruments(const Json& body, Request& request) {
    const auto list = body.find("instruments");
    if (list == body.end() || !list->is_array() || list->empty()) {
        return absl::InvalidArgumentError("instruments: a list is required");
    }
    for (const Json& item : *list) {
        MP_RETURN_IF_ERROR(ReadInstrument(item, *request.add_instruments()));
    }
    return OkStatus();
}

}  // namespace

std::string JobAnswer(const pb::Job& job) {
    return Data([&](JsonWriter& json) { WriteJob(job, json); });
}

std::string TaskIdAnswer(const std::string& id) {
    return Data([&](JsonWriter& json) {
        json.BeginObject();
        json.Field("task_id", id);
        json.EndObject();
    });
}

Result<pb::Task> TaskOf(const std::string& body) {
    Result<Json> parsed = ParseBody(body, {"kind", "priority", "payload", "timeout"});
    if (!parsed.ok()) return parsed.status();
    Result<std::string> kind = TextMember(*parsed, "kind");
    if (!kind.ok()) return kind.status();
    pb::Task task;
    task.set_kind(*kind);
    task.set_origin("api");
    if (const auto it = parsed->find("priority"); it != parsed->end()) {
        const auto priority =
            it->is_string() ? ValueOf(kPriorities, it->get<std::string>()) : std::nullopt;
        if (!priority)
            return absl::InvalidArgumentError("priority: must be low, normal, high or critical");
        task.set_priority(*priority);
    }
    if (const auto it = parsed->find("payload"); it != parsed->end())
        task.set_payload_json(it->dump());
    if (const auto it = parsed->find("timeout"); it != parsed->end()) {
        MP_RETURN_IF_ERROR(Annotate(ReadTimeout(*it, task), "timeout"));
    }
    return task;
}

Result<pb::AddInstrumentsRequest> AdditionOf(const std::string& body) {
    Result<Json> parsed = ParseBody(body, {"instruments", "data_types"});
    if (!parsed.ok()) return parsed.status();
    pb::AddInstrumentsRequest request;
    MP_RETURN_IF_ERROR(ReadInstruments(*parsed, request));
    if (const auto types = parsed->find("data_types"); types != parsed->end()) {
        if (!types->is_array()) return absl::InvalidArgumentError("data_types: must be a list");
        for (const Json& type : *types) {
            const auto known =
                type.is_string() ? model::ParseDataType(type.get<std::string>()) : std::nullopt;
            if (!known)
                return absl::InvalidArgumentError("data_types: no data type: " + type.dump());
            request.add_data_types(wire::ToProto(*known));
        }
    }
    return request;
}

Result<pb::RemoveInstrumentsRequest> RemovalOf(const std::string& body) {
    Result<Json> parsed = ParseBody(body, {"instruments"});
    if (!parsed.ok()) return parsed.status();
    pb::RemoveInstrumentsRequest request;
    MP_RETURN_IF_ERROR(ReadInstruments(*parsed, request));
    return request;
}

std::string InstrumentsAnswer(const google::protobuf::RepeatedPtrField<pb::Instrument>& all) {
    return Data([&](JsonWriter& json) {
        json.BeginArray();
        for (const pb::Instrument& instrument : all) {
            json.BeginObject();
            json.Field("exchange", instrument.exchange());
            json.Field("market", model::ToString(static_cast<model::Market>(instrument.market())));
            json.Field("symbol", instrument.symbol());
            json.Field("venue_symbol", instrument.venue_symbol());
            json.EndObject();
        }
        json.EndArray();
    });
}

std::optional<pb::TaskStatus> TaskStatusOf(std::string_view name) {
    return ValueOf(kStatuses, name);
}

std::string JobsAnswer(const pb::ListJobsResponse& jobs) {
    std::string body;
    JsonWriter json(body);
    json.BeginObject();
    json.Key("data");
    json.BeginArray();
    for (const pb::Job& job : jobs.jobs()) WriteJob(job, json);
    json.EndArray();
    json.Field("leader", jobs.leader());
    json.EndObject();
    return body;
}

std::string TaskAnswer(const pb::TaskRecord& record) {
    return Data([&](JsonWriter& json) { WriteRecord(record, json); });
}

std::string TasksAnswer(const google::protobuf::RepeatedPtrField<pb::TaskRecord>& records) {
    return Data([&](JsonWriter& json) {
        json.BeginArray();
        for (const pb::TaskRecord& record : records) WriteRecord(record, json);
        json.EndArray();
    });
}

}  // namespace mp::gateway
