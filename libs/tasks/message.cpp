#include "tasks/message.hpp"

#include <charconv>
#include <utility>

#include "bus/publisher.hpp"

namespace mp::tasks {
namespace {

constexpr char kRetriesHeader[] = "Mp-Retries";
const std::string kTraceHeader{telemetry::kTraceParentHeader};

}  // namespace

runtime::Task<Result<uint64_t>> Enqueue(
    bus::Connection& connection,
    Task task,
    uint32_t retries,
    std::string message_id,
    const telemetry::TraceContext& trace,
    Deadline deadline
) {
    bus::Headers headers{
        {bus::kMessageIdHeader, std::move(message_id)}, {kTraceHeader, trace.ToTraceParent()}};
    if (retries > 0) headers.emplace_back(kRetriesHeader, std::to_string(retries));
    const auto ack = co_await bus::Publish(
        connection,
        TaskSubject(task.kind(), task.priority()),
        task.SerializeAsString(),
        std::move(headers),
        deadline
    );
    if (!ack.ok()) co_return Annotate(ack.status(), "task " + task.id());
    co_return ack->sequence;
}

telemetry::TraceContext TraceOf(const bus::StreamMessage& message) {
    const auto given = message.message.header(kTraceHeader.c_str());
    return telemetry::TraceContext::Continue(given.value_or(std::string_view()));
}

uint32_t RetriesBefore(const bus::StreamMessage& message) {
    uint32_t retries = 0;
    if (const auto text = message.message.header(kRetriesHeader)) {
        std::from_chars(text->data(), text->data() + text->size(), retries);
    }
    return retries + static_cast<uint32_t>(message.deliveries > 0 ? message.deliveries - 1 : 0);
}

}  // namespace mp::tasks
