#include "bus/detail/connection_impl.hpp"

#include <algorithm>
#include <charconv>
#include <random>

#include <boost/asio/post.hpp>

#include "bus/detail/servers.hpp"
#include "telemetry/logging.hpp"

namespace mp::bus {
namespace {

const telemetry::Logger kLog{"bus"};

}  // namespace

Connection::Impl::Impl(
    runtime::Executor executor_in, ConnectionConfig config_in, const tls::Credentials* tls_in
)
    : executor(std::move(executor_in)),
      config(std::move(config_in)),
      tls(std::make_shared<detail::BrokerTls>(tls_in)) {
    state.since = DefaultClock().Now();
    state.error = "not connected yet";
}

// --- the connection comes and goes

void Connection::Impl::SetConnected(bool connected, std::string error) {
    state.connected = connected;
    state.since = DefaultClock().Now();
    state.error = std::move(error);
}

void Connection::Impl::Adopt(natsConnection* connection) {
    raw = connection;
    max_payload = natsConnection_GetMaxPayload(raw);
    SetConnected(true, "");
    kLog.Info("connected to the broker", {{"brokers", detail::ServersOf(config.url)}});
    up = true;
    StartAnswering();
    for (const auto& reader : *readers_) Open(*reader);
    for (const auto& answers : answers_) Open(*answers);
    Notify();
}

void Connection::Impl::OnReconnected() {
    // The news may be older than the next loss.
    if (closing || !pump->attached()) return;
    max_payload = natsConnection_GetMaxPayload(raw);
    SetConnected(true, "");
    kLog.Info("connected to the broker again", {{"brokers", detail::ServersOf(config.url)}});
    ++state.reconnects;
    up = true;
    for (natsSubscription* subscription : std::exchange(discarded_, {})) {
        natsSubscription_Destroy(subscription);
    }
    for (const auto& reader : *readers_) Open(*reader);
    for (const auto& answers : answers_) Open(*answers);
    Notify();
}

void Connection::Impl::OnLost() {
    if (!up.exchange(false)) return;
    SetConnected(false, "connection lost");
    kLog.Warn("connection to the broker lost", {{"brokers", detail::ServersOf(config.url)}});
    Fail(absl::UnavailableError("bus: " + state.error));
    Notify();
}

void Connection::Impl::OnClosed(std::string why) {
    if (closing) return;
    up = false;
    SetConnected(false, std::move(why));
    state.closed = true;
    kLog.Error(
        "the broker is given up",
        {{"brokers", detail::ServersOf(config.url)}, {"reason", state.error}}
    );
    Fail(absl::UnavailableError("bus: " + state.error));
    Notify();
}

void Connection::Impl::Close() {
    if (std::exchange(closing, true)) return;
    up = false;
    SetConnected(false, "closed");
    state.closed = true;
    answering_.Cancel();
    if (answered_ != nullptr) answered_->Close();
    listeners_.clear();
    Fail(absl::UnavailableError("bus: connection closed"));
    // Everything is written by now or never will be: the library must not wait for it.
    pump->Stop();
    natsConnection_Close(raw);
    for (const auto& reader : *readers_) {
        natsSubscription_Destroy(std::exchange(reader->raw, nullptr));
        reader->handler = nullptr;
    }
    for (const auto& answers : answers_) {
        natsSubscription_Destroy(std::exchange(answers->raw, nullptr));
    }
    for (natsSubscription* subscription : discarded_) natsSubscription_Destroy(subscription);
    readers_ = std::make_shared<Readers>();
    answers_.clear();
    discarded_.clear();
    natsConnection_Destroy(std::exchange(raw, nullptr));
}

void Connection::Impl::Notify() {
    const auto listeners = listeners_;  // a listener may take itself out
    for (const auto& [id, listener] : listeners) {
        if (listeners_.contains(id)) listener(state);
    }
}

// --- publishing

Status Connection::Impl::PublishRaw(
    const char* subject, const char* reply, std::string_view payload, const Headers& headers
) {
    if (!usable()) return absl::UnavailableError("bus: no connection");
    if (static_cast<int64_t>(payload.size()) > max_payload) {
        return absl::InvalidArgumentError(
            "bus: a message of " + std::to_string(payload.size()) + " bytes, the broker takes " +
            std::to_string(max_payload.load())
        );
    }
    const int size = static_cast<int>(payload.size());
    if (headers.empty()) {
        const natsStatus sent =
            reply == nullptr
                ? natsConnection_Publish(raw, subject, payload.data(), size)
                : natsConnection_PublishRequest(raw, subject, reply, payload.data(), size);
        return detail::FromNats(sent, "bus: publish");
    }
    natsMsg* created = nullptr;
    natsStatus status = natsMsg_Create(&created, subject, reply, payload.data(), size);
    const Message message = detail::MakeMessage(created);
    for (const auto& [name, value] : headers) {
        if (status == NATS_OK) status = natsMsgHeader_Set(created, name.c_str(), value.c_str());
    }
    if (status == NATS_OK) status = natsConnection_PublishMsg(raw, created);
    return detail::FromNats(status, "bus: publish");
}

// --- subscriptions read on the executor

Subscription Connection::Impl::AddReader(std::string subject, Handler handler) {
    auto reader = std::make_shared<Reader>();
    reader->subject = std::move(subject);
    reader->handler = std::move(handler);
    if (up) Open(*reader);
    auto changed = std::make_shared<Readers>(*readers_);
    changed->push_back(reader);
    readers_ = std::move(changed);
    return Subscription([self = weak_from_this(), weak = std::weak_ptr(reader)] {
        const auto impl = self.lock();
        const auto held = weak.lock();
        if (impl != nullptr && held != nullptr) impl->Remove(held.get());
    });
}

void Connection::Impl::Open(Reader& reader) {
    if (reader.raw != nullptr || !usable()) return;
    if (natsConnection_SubscribeSync(&reader.raw, raw, reader.subject.c_str()) == NATS_OK) {
        natsSubscription_SetPendingLimits(reader.raw, -1, -1);
    }
}

void Connection::Impl::Remove(const Reader* reader) {
    auto changed = std::make_shared<Readers>();
    for (const auto& each : *readers_) {
        if (each.get() != reader) {
            changed->push_back(each);
            continue;
        }
        each->handler = nullptr;
        Discard(std::exchange(each->raw, nullptr));
    }
    readers_ = std::move(changed);
}

void Connection::Impl::Discard(natsSubscription* subscription) {
    if (subscription == nullptr) return;
    if (usable()) {
        natsSubscription_Destroy(subscription);
    } else {
        discarded_.push_back(subscription);
    }
}

bool Connection::Impl::Deliver() {
    bool any = false;
    const auto readers = readers_;
    for (const auto& reader : *readers) any |= DeliverTo(*reader);
    return any;
}

bool Connection::Impl::DeliverTo(Reader& reader) {
    uint64_t queued = 0;
    if (reader.raw == nullptr || natsSubscription_QueuedMsgs(reader.raw, &queued) != NATS_OK) {
        return false;
    }
    if (queued == 0) return false;
    std::vector<Message> burst = std::exchange(reader.burst, {});
    burst.clear();
    for (; queued > 0; --queued) {
        natsMsg* message = nullptr;
        const natsStatus status = natsSubscription_NextMsg(&message, reader.raw, 0);
        // "Nobody listens" comes without a message; an empty one stands for it.
        if (status != NATS_OK && status != NATS_NO_RESPONDERS) break;
        burst.push_back(detail::MakeMessage(message));
    }
    if (const Handler handler = reader.handler) handler(burst);
    burst.clear();
    reader.burst = std::move(burst);  // its memory serves the next burst
    return true;
}

// --- answers

namespace {

using Sink = std::function<void(natsMsg*)>;

void OnAnswer(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
    (*static_cast<Sink*>(closure))(message);
}

void OnAnswersEnd(void* closure) {
    delete static_cast<Sink*>(closure);
}

}  // namespace

Subscription Connection::Impl::AddAnswers(std::string subject, std::function<void(natsMsg*)> sink) {
    auto answers = std::make_shared<Answers>();
    answers->subject = std::move(subject);
    answers->sink = std::move(sink);
    if (up) Open(*answers);
    answers_.push_back(answers);
    return Subscription([self = weak_from_this(), weak = std::weak_ptr(answers)] {
        const auto impl = self.lock();
        const auto held = weak.lock();
        if (impl != nullptr && held != nullptr) impl->Remove(held.get());
    });
}

void Connection::Impl::Open(Answers& answers) {
    if (answers.raw != nullptr || !usable()) return;
    // The library's thread may still be in the sink when this subscription is gone: the copy is its
    // own.
    auto* const closure = new Sink(answers.sink);
    const char* subject = answers.subject.c_str();
    if (natsConnection_Subscribe(&answers.raw, raw, subject, OnAnswer, closure) != NATS_OK) {
        delete closure;
        return;
    }
    natsSubscription_SetPendingLimits(answers.raw, -1, -1);
    natsSubscription_SetOnCompleteCB(answers.raw, OnAnswersEnd, closure);
}

void Connection::Impl::Remove(const Answers* answers) {
    const auto found = std::find_if(answers_.begin(), answers_.end(), [&](const auto& each) {
        return each.get() == answers;
    });
    if (found == answers_.end()) return;
    Discard(std::exchange((*found)->raw, nullptr));
    answers_.erase(found);
}

// --- requests

void Connection::Impl::StartAnswering() {
    const std::string inbox = detail::MakeInbox();
    inbox_ = inbox + ".";
    answered_ = std::make_shared<detail::Mailbox<Message>>(
        executor, [this](std::vector<Message>& answers) { OnAnswers(answers); }
    );
    answering_ = AddAnswers(inbox + ".*", [mailbox = answered_](natsMsg* message) {
        mailbox->Push(detail::MakeMessage(message));
    });
}

void Connection::Impl::OnAnswers(std::vector<Message>& answers) {
    for (Message& message : answers) {
        const auto found = waiting_.find(detail::NumberAtEnd(message.subject()));
        if (found == waiting_.end()) continue;
        Waiting& waiting = *found->second;
        waiting_.erase(found);
        if (natsMsg_IsNoResponders(detail::RawOf(message))) {
            waiting.result = absl::NotFoundError("bus: nobody answers");
        } else {
            waiting.result = std::move(message);
        }
        waiting.answered.Set();
    }
}

void Connection::Impl::Fail(const Status& status) {
    for (auto& [id, waiting] : std::exchange(waiting_, {})) {
        waiting->result = status;
        waiting->answered.Set();
    }
}

namespace {

// Takes a request out however its wait ended.
class Withdraw {
  public:
    Withdraw(std::unordered_map<uint64_t, Connection::Impl::Waiting*>& waiting, uint64_t id)
        : waiting_(waiting), id_(id) {}
    Withdraw(const Withdraw&) = delete;
    Withdraw& operator=(const Withdraw&) = delete;
    ~Withdraw() { waiting_.erase(id_); }

  private:
    std::unordered_map<uint64_t, Connection::Impl::Waiting*>& waiting_;
    uint64_t id_;
};

}  // namespace

runtime::Task<Result<Message>> Connection::Impl::Request(
    std::string subject, std::string payload, Headers headers, Deadline deadline
) {
    const auto self = shared_from_this();
    const uint64_t id = ++last_request_;
    const std::string reply = inbox_ + std::to_string(id);
    Waiting waiting;
    waiting_.emplace(id, &waiting);
    const Withdraw withdraw(waiting_, id);
    const Status sent = PublishRaw(subject.c_str(), reply.c_str(), payload, headers);
    if (!sent.ok()) co_return sent;
    const bool answered = co_await waiting.answered.Wait(deadline);
    if (!answered) {
        co_return absl::DeadlineExceededError("bus: no answer from " + subject + " in time");
    }
    co_return std::move(waiting.result);
}

runtime::Task<Status> Connection::Impl::Flush(Deadline deadline) {
    const auto self = shared_from_this();
    const uint64_t id = ++last_request_;
    // A message to ourselves comes back behind everything that was published before.
    const std::string subject = inbox_ + std::to_string(id);
    Waiting waiting;
    waiting_.emplace(id, &waiting);
    const Withdraw withdraw(waiting_, id);
    const Status sent = PublishRaw(subject.c_str(), nullptr, {}, {});
    if (!sent.ok()) co_return sent;
    const bool answered = co_await waiting.answered.Wait(deadline);
    if (!answered) {
        co_return absl::DeadlineExceededError("bus: flush not confirmed in time");
    }
    co_return waiting.result.status();
}

namespace detail {

std::string MakeInbox() {
    static constexpr char kAlphabet[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::random_device source;
    std::uniform_int_distribution<size_t> pick(0, sizeof(kAlphabet) - 2);
    std::string inbox = "_INBOX.";
    for (int i = 0; i < 22; ++i) inbox += kAlphabet[pick(source)];
    return inbox;
}

uint64_t NumberAtEnd(std::string_view subject) {
    const size_t dot = subject.rfind('.');
    uint64_t number = 0;
    if (dot != std::string_view::npos) {
        std::from_chars(subject.data() + dot + 1, subject.data() + subject.size(), number);
    }
    return number;
}

}  // namespace detail
}  // namespace mp::bus
