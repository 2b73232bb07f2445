#pragma once
// The JSON of control operations: what clients send, read into requests, and what they get. A body
// that cannot be read is InvalidArgument and names the member. Pure.

#include <google/protobuf/repeated_field.h>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "marketprism/v1/collector.pb.h"
#include "marketprism/v1/scheduler.pb.h"

namespace mp::gateway {

namespace pb = marketprism::v1;

Result<pb::Task> TaskOf(const std::string& body);
Result<pb::AddInstrumentsRequest> AdditionOf(const std::string& body);
Result<pb::RemoveInstrumentsRequest> RemovalOf(const std::string& body);
// Nothing for a name that no status has.
std::optional<pb::TaskStatus> TaskStatusOf(std::string_view name);

std::string JobAnswer(const pb::Job& job);
std::string JobsAnswer(const pb::ListJobsResponse& jobs);
std::string TaskIdAnswer(const std::string& id);
std::string TaskAnswer(const pb::TaskRecord& record);
std::string TasksAnswer(const google::protobuf::RepeatedPtrField<pb::TaskRecord>& records);
std::string InstrumentsAnswer(const google::protobuf::RepeatedPtrField<pb::Instrument>& all);

}  // namespace mp::gateway
