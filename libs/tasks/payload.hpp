#pragma once
// Reads what a task is told: a small JSON object whose every member must be known to who reads it.
//
//   auto payload = Payload::Parse(context.task().payload_json());
//   if (!payload.ok()) co_return payload.status();
//   const Duration age = payload->GetDuration("older_than", config.age);
//   MP_CO_RETURN_IF_ERROR(payload->Finish());
//
// A value; not thread-safe.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/duration.hpp"
#include "base/status.hpp"

namespace mp::tasks {

class Payload {
  public:
    // InvalidArgument where the text is no JSON object. Empty text is {}.
    static Result<Payload> Parse(const std::string& text);

    // A member; `fallback` where it is not there, or wrong, which Finish then tells.
    Duration GetDuration(const std::string& name, Duration fallback);
    uint32_t GetCount(const std::string& name, uint32_t fallback);
    std::string GetText(const std::string& name, std::string fallback);
    // Of a member with parts: its JSON, for the caller to read; empty where it is not there.
    std::string GetJson(const std::string& name);

    // InvalidArgument naming a member that is wrong, or that was not asked for.
    Status Finish() const;

  private:
    struct Member {
        std::optional<std::string> text;
        std::optional<uint64_t> number;
        std::string json;
    };

    std::optional<Member> Take(const std::string& name);
    void Wrong(const std::string& name, std::string_view why);

    std::map<std::string, Member> members_;  // not asked for yet
    Status wrong_;
};

// Of tasks that are told nothing: as Finish.
Status CheckNoPayload(const std::string& text);

}  // namespace mp::tasks
