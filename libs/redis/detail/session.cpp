#include "redis/detail/session.hpp"

#include <utility>
#include <vector>

#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"

namespace mp::redis::detail {

std::string Format(std::span<const std::string> command) {
    std::string formatted = "*" + std::to_string(command.size()) + "\r\n";
    for (const std::string& argument : command) {
        formatted.append("$").append(std::to_string(argument.size())).append("\r\n");
        formatted.append(argument).append("\r\n");
    }
    return formatted;
}

Session::Session(net::Transport& transport, const ConnectionConfig& config)
    : transport_(transport), config_(config), reader_(config.max_reply_bytes) {}

Session::~Session() {
    for (const auto& call : calls_) call->answered.Set();
}

Result<std::shared_ptr<Call>> Session::Give(std::string_view formatted) {
    if (calls_.size() >= config_.max_outstanding ||
        unsent_.size() + formatted.size() > config_.max_unsent_bytes) {
        return absl::ResourceExhaustedError("too many commands wait for Redis");
    }
    auto call = std::make_shared<Call>();
    call->late = Deadline::After(config_.silence_timeout);
    unsent_ += formatted;
    calls_.push_back(call);
    given_.NotifyOne();
    return call;
}

Task<Status> Session::Greet() {
    const Address& address = config_.address;
    std::vector<std::vector<std::string>> commands;
    if (!address.password.empty()) {
        commands.push_back({"AUTH"});
        if (!address.user.empty()) commands.back().push_back(address.user);
        commands.back().push_back(address.password);
    }
    if (address.database != 0) commands.push_back({"SELECT", std::to_string(address.database)});
    commands.push_back({"PING"});
    for (const auto& command : commands) {
        const auto call = Give(Format(command));
        if (!call.ok()) co_return call.status();
        const bool answered =
            co_await (*call)->answered.Wait(Deadline::After(config_.connect_timeout));
        if (!answered)
            co_return absl::DeadlineExceededError("it takes connections but says nothing");
        // The command's name only: what follows it may be a password.
        if (!(*call)->reply.ok()) co_return Annotate((*call)->reply.status(), command.front());
    }
    co_return OkStatus();
}

Task<Status> Session::Run() {
    co_return co_await runtime::FirstOf(Read(), Write(), Watch());
}

Task<Status> Session::Read() {
    for (;;) {
        const Result<size_t> size = co_await transport_.ReadSome(buffer_, Deadline::Never());
        if (!size.ok()) co_return size.status();
        reader_.Feed({buffer_.data(), *size});
        for (;;) {
            Result<std::optional<Reply>> reply = reader_.Next();
            if (!reply.ok()) co_return reply.status();
            if (!*reply) break;
            if (calls_.empty()) co_return absl::InternalError("a reply that nobody asked for");
            const auto call = std::move(calls_.front());
            calls_.pop_front();
            const auto* const error = std::get_if<ReplyError>(&(*reply)->value);
            if (error != nullptr) {
                call->reply = StatusOf(*error);
            } else {
                call->reply = **std::move(reply);
            }
            call->answered.Set();
        }
    }
}

Task<Status> Session::Write() {
    for (;;) {
        if (unsent_.empty()) co_await given_.Wait();
        const std::string batch = std::exchange(unsent_, {});
        MP_CO_RETURN_IF_ERROR(
            co_await transport_.Write(batch, Deadline::After(config_.silence_timeout))
        );
    }
}

// A server that is stopped, or behind a line that is cut, keeps its connections.
Task<Status> Session::Watch() {
    for (;;) {
        co_await runtime::Sleep(config_.silence_timeout / 2);
        if (calls_.empty()) {
            const auto asked = Give(Format(std::vector<std::string>{"PING"}));
            if (!asked.ok()) co_return asked.status();
        } else if (calls_.front()->late.Passed()) {
            co_return absl::UnavailableError(
                "no answer within " + FormatDuration(config_.silence_timeout)
            );
        }
    }
}

}  // namespace mp::redis::detail
