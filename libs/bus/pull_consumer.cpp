#include "bus/pull_consumer.hpp"

#include <deque>
#include <utility>

#include "bus/detail/ack_subject.hpp"
#include "bus/detail/connection_impl.hpp"
#include "bus/detail/pull_request.hpp"
#include "runtime/condition.hpp"

namespace mp::bus {
namespace {

// How much later than asked for the broker's "nothing came" may be.
constexpr std::chrono::milliseconds kGrace{2000};
constexpr std::chrono::seconds kEnsureTimeout{5};

using Messages = std::vector<StreamMessage>;

}  // namespace

struct PullConsumer::Impl {
    // How a pull ended without being filled.
    enum class End : uint8_t { kNone, kOver, kNoConsumer, kLost };

    Impl(Connection& connection_in, ConsumerConfig config_in)
        : connection(connection_in), config(std::move(config_in)), inbox(detail::MakeInbox()) {}

    Status Listen();
    void OnMessages(std::span<Message> burst);
    void OnStatus(const Message& message);
    runtime::Task<Status> Ensure();
    runtime::Task<Result<Messages>> Pull(size_t batch, std::chrono::milliseconds wait);
    Messages Take(size_t max);

    Connection& connection;
    const std::weak_ptr<Connection::Impl> link = connection.impl().weak_from_this();
    const ConsumerConfig config;
    const std::string inbox;
    Subscription messages;
    Subscription states;
    bool ensured = false;

    std::deque<StreamMessage> arrived;  // also those that came after their pull was given up
    uint64_t pull = 0;                  // the one that is waited for
    End end = End::kNone;
    runtime::Condition changed;
};

Status PullConsumer::Impl::Listen() {
    auto subscribed =
        connection.Subscribe(inbox + ".*", [this](std::span<Message> burst) { OnMessages(burst); });
    if (!subscribed.ok()) return subscribed.status();
    messages = *std::move(subscribed);
    states = connection.OnStateChange([this](const ConnectionState& state) {
        if (state.connected) return;
        end = End::kLost;
        ensured = false;
        changed.NotifyAll();
    });
    return OkStatus();
}

void PullConsumer::Impl::OnMessages(std::span<Message> burst) {
    for (Message& message : burst) {
        StreamMessage delivered;
        if (!message) {
            end = End::kNoConsumer;
        } else if (detail::ParseAckSubject(message.reply(), delivered)) {
            delivered.message = std::move(message);
            arrived.push_back(std::move(delivered));
        } else {
            OnStatus(message);
        }
    }
    changed.NotifyAll();
}

void PullConsumer::Impl::OnStatus(const Message& message) {
    const auto status = detail::ReadPullStatus(message);
    if (status == detail::PullStatus::kNoConsumer) {
        end = End::kNoConsumer;
    } else if (status == detail::PullStatus::kOver && detail::NumberAtEnd(message.subject()) == pull) {
        end = End::kOver;
    }
}

runtime::Task<Status> PullConsumer::Impl::Ensure() {
    if (ensured) co_return OkStatus();
    const auto made = co_await EnsureConsumer(connection, config, Deadline::After(kEnsureTimeout));
    ensured = made.ok();
    co_return made.status();
}

runtime::Task<Result<Messages>> PullConsumer::Impl::Pull(
    size_t batch, std::chrono::milliseconds wait
) {
    end = End::kNone;
    const std::string reply = inbox + "." + std::to_string(++pull);
    const std::string request = detail::ToJsonText({.batch = batch, .expires = wait});
    Status sent = connection.Publish(
        detail::PullSubject(config.stream, config.durable), request, Headers(), reply
    );
    if (!sent.ok()) co_return sent;
    const auto over = [this, batch] { return arrived.size() >= batch || end != End::kNone; };
    const bool in_time = co_await changed.Until(over, Deadline::After(wait + kGrace));
    if (!arrived.empty()) co_return Take(batch);
    if (!in_time) {
        ensured = false;  // brokers before 2.10 say nothing about a consumer that they do not have
        co_return absl::DeadlineExceededError("bus: pull not answered in time");
    }
    if (end == End::kLost) co_return absl::UnavailableError("bus: connection lost");
    if (end == End::kNoConsumer) {
        ensured = false;
        co_return absl::UnavailableError("bus: consumer " + config.durable + " is gone");
    }
    co_return Messages();
}

Messages PullConsumer::Impl::Take(size_t max) {
    Messages taken;
    while (!arrived.empty() && taken.size() < max) {
        taken.push_back(std::move(arrived.front()));
        arrived.pop_front();
    }
    return taken;
}

PullConsumer::PullConsumer(Connection& connection, ConsumerConfig config)
    : impl_(std::make_unique<Impl>(connection, std::move(config))) {
    impl_->Listen().IgnoreError();
}

PullConsumer::~PullConsumer() {
    // A coroutine that holds a consumer may be destroyed after the connection, with its io_context.
    if (const auto connected = impl_->link.lock(); !connected || connected->closing) return;
    // Nobody will look at these: others may have them at once.
    for (const StreamMessage& message : impl_->arrived) {
        Nak(impl_->connection, message).IgnoreError();
    }
}

const ConsumerConfig& PullConsumer::config() const noexcept {
    return impl_->config;
}

runtime::Task<Result<Messages>> PullConsumer::Fetch(size_t max, std::chrono::milliseconds wait) {
    Impl& impl = *impl_;
    if (!impl.arrived.empty()) co_return impl.Take(max);
    if (Status ensured = co_await impl.Ensure(); !ensured.ok()) co_return ensured;
    constexpr std::chrono::milliseconds kNow{0};
    Result<Messages> messages = co_await impl.Pull(max, kNow);
    if (!messages.ok() || !messages->empty() || wait.count() <= 0) co_return messages;
    // One only: what a longer request brought later would lie here while nobody fetches.
    messages = co_await impl.Pull(1, wait);
    co_return messages;
}

}  // namespace mp::bus
