#include "rpc/call_context.hpp"

#include <chrono>

namespace mp::rpc {
namespace {

constexpr std::chrono::hours kNoDeadline{24};

std::chrono::nanoseconds TimeLeft(const grpc::CallbackServerContext& context) {
    const auto deadline = context.deadline();
    const auto now = std::chrono::system_clock::now();
    return deadline > now + kNoDeadline ? kNoDeadline : deadline - now;
}

}  // namespace

CallContext::CallContext(grpc::CallbackServerContext* context, std::string_view method)
    : context_(context), method_(method), deadline_(Deadline::After(TimeLeft(*context))) {}

std::string_view CallContext::metadata(std::string_view name) const {
    const auto& all = context_->client_metadata();
    const auto found = all.find(grpc::string_ref(name.data(), name.size()));
    if (found == all.end()) return {};
    return {found->second.data(), found->second.size()};
}

void CallContext::AddInitialMetadata(std::string_view name, std::string_view value) {
    context_->AddInitialMetadata(std::string(name), std::string(value));
}

void CallContext::AddTrailingMetadata(std::string_view name, std::string_view value) {
    context_->AddTrailingMetadata(std::string(name), std::string(value));
}

}  // namespace mp::rpc
