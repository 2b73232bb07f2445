#include "bus/publisher.hpp"

#include <charconv>
#include <deque>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "bus/detail/api.hpp"
#include "bus/detail/connection_impl.hpp"
#include "bus/detail/mailbox.hpp"
#include "runtime/condition.hpp"

namespace mp::bus {
namespace {

// An acknowledgement, read on the library's thread.
struct Answer {
    uint64_t id = 0;
    Result<PublishAck> result;
};

Answer Read(natsMsg* raw) {
    const Message message = detail::MakeMessage(raw);
    const uint64_t id = detail::NumberAtEnd(message.subject());
    if (natsMsg_IsNoResponders(raw)) {
        return {id, absl::NotFoundError("bus: no stream takes this subject")};
    }
    return {id, detail::ParseAck(message.payload())};
}

}  // namespace

struct AsyncPublisher::Impl : std::enable_shared_from_this<AsyncPublisher::Impl> {
    struct Sent {
        uint64_t tag = 0;
        size_t bytes = 0;
        std::chrono::steady_clock::time_point deadline;
        bool done = false;
    };

    Impl(Connection& connection_in, Config config_in, Handler handler_in)
        : connection(connection_in.impl()),
          config(config_in),
          handler(std::move(handler_in)),
          timer(connection.executor) {}

    void Start();
    void Stop();
    Status Publish(
        std::string_view subject, std::string_view payload, uint64_t tag, const Headers& headers
    );
    bool Fits(size_t bytes) const;
    void OnAnswers(std::vector<Answer>& received);
    void Finish(uint64_t id, const Result<PublishAck>& result);
    void FailAll(const Status& status);
    void Watch();
    void OnTimer();

    Connection::Impl& connection;
    const Config config;
    const Handler handler;
    bool stopped = false;
    asio::steady_timer timer;
    bool watching = false;

    std::string reply;  // "<inbox>.", then the message's number
    size_t reply_stem = 0;
    std::string subject_text;  // reused: the library wants a terminated string
    std::shared_ptr<detail::Mailbox<Answer>> answers;
    Subscription answering;
    Subscription listening;

    std::deque<Sent> window;  // numbers first..first + size - 1; the front one is not done
    uint64_t first = 1;
    size_t in_flight = 0;
    size_t in_flight_bytes = 0;
    runtime::Condition idle;
};

void AsyncPublisher::Impl::Start() {
    const std::string inbox = detail::MakeInbox();
    reply = inbox + ".";
    reply_stem = reply.size();
    answers = std::make_shared<detail::Mailbox<Answer>>(
        connection.executor, [this](std::vector<Answer>& received) { OnAnswers(received); }
    );
    answering = connection.AddAnswers(inbox + ".*", [mailbox = answers](natsMsg* raw) {
        mailbox->Push(Read(raw));
    });
}

void AsyncPublisher::Impl::Stop() {
    stopped = true;
    answers->Close();
    answering.Cancel();
    listening.Cancel();
    timer.cancel();
    window.clear();
    in_flight = 0;
    idle.NotifyAll();
}

bool AsyncPublisher::Impl::Fits(size_t bytes) const {
    // Acks out of order keep done ones in the window; it must not grow without end either.
    if (in_flight >= config.max_in_flight || window.size() >= 4 * config.max_in_flight)
        return false;
    return in_flight == 0 || in_flight_bytes + bytes <= config.max_in_flight_bytes;
}

Status AsyncPublisher::Impl::Publish(
    std::string_view subject, std::string_view payload, uint64_t tag, const Headers& headers
) {
    if (!Fits(payload.size())) return absl::ResourceExhaustedError("bus: publish window is full");
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof(digits), first + window.size()).ptr;
    reply.resize(reply_stem);
    reply.append(digits, end);
    subject_text.assign(subject);
    Status sent = connection.PublishRaw(subject_text.c_str(), reply.c_str(), payload, headers);
    if (!sent.ok()) return sent;
    const auto deadline = std::chrono::steady_clock::now() + config.ack_timeout;
    window.push_back(Sent{tag, payload.size(), deadline, false});
    ++in_flight;
    in_flight_bytes += payload.size();
    if (!watching) Watch();
    return sent;
}

void AsyncPublisher::Impl::OnAnswers(std::vector<Answer>& received) {
    const auto self = shared_from_this();
    for (const Answer& answer : received) Finish(answer.id, answer.result);
}

void AsyncPublisher::Impl::Finish(uint64_t id, const Result<PublishAck>& result) {
    if (id < first || id - first >= window.size()) return;  // given up before
    Sent& sent = window[id - first];
    if (std::exchange(sent.done, true)) return;
    const uint64_t tag = sent.tag;
    --in_flight;
    in_flight_bytes -= sent.bytes;
    while (!window.empty() && window.front().done) {
        window.pop_front();
        ++first;
    }
    if (in_flight == 0) idle.NotifyAll();
    if (!stopped) handler(tag, result);
}

void AsyncPublisher::Impl::FailAll(const Status& status) {
    const auto self = shared_from_this();
    // Only what is in flight now: a handler may publish again.
    const uint64_t end = first + window.size();
    for (uint64_t id = first; id < end; ++id) Finish(id, status);
}

void AsyncPublisher::Impl::Watch() {
    if (window.empty()) return;
    watching = true;
    timer.expires_at(window.front().deadline);
    timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (self != nullptr && !error) self->OnTimer();
    });
}

void AsyncPublisher::Impl::OnTimer() {
    watching = false;
    const auto now = std::chrono::steady_clock::now();
    const uint64_t end = first + window.size();
    for (uint64_t id = first; id < end; ++id) {
        if (id < first) continue;
        if (id - first >= window.size() || window[id - first].deadline > now) break;
        Finish(id, absl::DeadlineExceededError("bus: publish not acknowledged in time"));
    }
    if (!stopped && !watching) Watch();
}

AsyncPublisher::AsyncPublisher(Connection& connection, Config config, Handler handler)
    : impl_(std::make_shared<Impl>(connection, config, std::move(handler))) {
    impl_->Start();
    impl_->listening = connection.OnStateChange([weak = std::weak_ptr(impl_)](const auto& state) {
        const auto impl = weak.lock();
        if (impl == nullptr || state.connected) return;
        impl->FailAll(absl::UnavailableError("bus: " + state.error));
    });
}

AsyncPublisher::~AsyncPublisher() {
    impl_->Stop();
}

Status AsyncPublisher::Publish(
    std::string_view subject, std::string_view payload, uint64_t tag, const Headers& headers
) {
    return impl_->Publish(subject, payload, tag, headers);
}

size_t AsyncPublisher::in_flight() const noexcept {
    return impl_->in_flight;
}

size_t AsyncPublisher::in_flight_bytes() const noexcept {
    return impl_->in_flight_bytes;
}

runtime::Task<Status> AsyncPublisher::Flush(Deadline deadline) {
    const auto impl = impl_;
    const auto idle = [&impl] { return impl->in_flight == 0; };
    const bool done = co_await impl->idle.Until(idle, deadline);
    if (done) co_return OkStatus();
    co_return absl::DeadlineExceededError(
        "bus: " + std::to_string(impl->in_flight) + " messages not acknowledged in time"
    );
}

runtime::Task<Result<PublishAck>> Publish(
    Connection& connection,
    std::string subject,
    std::string payload,
    Headers headers,
    Deadline deadline
) {
    auto answer = co_await connection.Request(
        std::move(subject), std::move(payload), std::move(headers), deadline
    );
    if (!answer.ok()) {
        if (absl::IsNotFound(answer.status())) {
            co_return absl::NotFoundError("bus: no stream takes this subject");
        }
        co_return answer.status();
    }
    co_return detail::ParseAck(answer->payload());
}

}  // namespace mp::bus
