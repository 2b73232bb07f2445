#include <absl/base/thread_annotations.h>
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <numeric>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "bus/detail/ack_subject.hpp"
#include "bus/detail/connection_impl.hpp"
#include "bus/detail/pull_request.hpp"
#include "bus/pull_consumer.hpp"
#include "runtime/thread.hpp"

namespace mp::bus {
namespace {

using SteadyClock = std::chrono::steady_clock;

// How long the thread waits for anything before it looks whether it is to stop.
constexpr std::chrono::milliseconds kSlice{100};
constexpr std::chrono::milliseconds kGlance{1};  // while a batch fills
constexpr std::chrono::seconds kExpires{30};
constexpr std::chrono::seconds kHeartbeat{2};
constexpr std::chrono::seconds kSilence = 2 * kHeartbeat + std::chrono::seconds(1);
constexpr std::chrono::seconds kEnsureTimeout{5};
constexpr std::chrono::milliseconds kPause{500};  // after a failed creation

struct SubscriptionFree {
    void operator()(natsSubscription* raw) const noexcept { natsSubscription_Destroy(raw); }
};

// Messages that were asked for and have not come: the broker serves requests one after the other.
class Credit {
  public:
    uint64_t total() const {
        return std::accumulate(
            requests_.begin(),
            requests_.end(),
            uint64_t{0},
            [](uint64_t sum, const Request& request) { return sum + request.left; }
        );
    }
    uint64_t Add(uint64_t messages) {
        requests_.push_back({++last_, messages});
        return last_;
    }
    void Use() {
        if (!requests_.empty() && --requests_.front().left == 0) requests_.pop_front();
    }
    void End(uint64_t request) {
        std::erase_if(requests_, [request](const Request& each) { return each.id == request; });
    }
    void Clear() { requests_.clear(); }
    bool empty() const { return requests_.empty(); }

  private:
    struct Request {
        uint64_t id;
        uint64_t left;
    };
    std::deque<Request> requests_;
    uint64_t last_ = 0;
};

}  // namespace

struct StreamPuller::Impl {
    Impl(
        Connection& connection_in,
        PullerConfig config_in,
        Handler handler_in,
        ErrorHandler on_error_in
    )
        : connection(connection_in),
          link(connection_in.impl()),
          config(std::move(config_in)),
          handler(std::move(handler_in)),
          on_error(std::move(on_error_in)),
          inbox(detail::MakeInbox()),
          request_subject(detail::PullSubject(config.consumer)) {}

    Status Work(const std::stop_token& stop);
    bool Prepare(const std::stop_token& stop);
    bool WaitForConnection(const std::stop_token& stop);
    Status Ensure(const std::stop_token& stop);
    Status Listen();
    void Request();
    void Collect(std::vector<StreamMessage>& batch);
    bool Next(std::chrono::milliseconds wait, std::vector<StreamMessage>& batch, size_t& bytes);
    void OnStatus(const Message& message);
    void CheckSilence();
    void Handle(std::vector<StreamMessage>& batch);
    void GiveBack();
    void Fail(const Status& status);
    void Wake();
    void Pause(SteadyClock::duration time);

    Connection& connection;
    Connection::Impl& link;
    const PullerConfig config;
    const Handler handler;
    const ErrorHandler on_error;
    const std::string inbox;
    const std::string request_subject;

    // On the thread.
    std::unique_ptr<natsSubscription, SubscriptionFree> subscription;
    uint64_t epoch = 0;
    bool ensured = false;
    Credit credit;
    SteadyClock::time_point heard;

    // Notified when the connection changes.
    std::mutex mutex;
    std::condition_variable changed;

    struct {
        std::atomic<uint64_t> batches{0}, messages{0}, redelivered{0}, acked{0}, errors{0};
    } counters;
};

// --- having a connection, a consumer, a subscription

void StreamPuller::Impl::Wake() {
    const std::lock_guard lock(mutex);
    changed.notify_all();
}

void StreamPuller::Impl::Pause(SteadyClock::duration time) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, time);
}

void StreamPuller::Impl::Fail(const Status& status) {
    ++counters.errors;
    if (on_error) on_error(status);
}

bool StreamPuller::Impl::WaitForConnection(const std::stop_token& stop) {
    while (!link.usable()) {
        if (stop.stop_requested()) return false;
        Pause(kSlice);
    }
    if (epoch != link.epoch()) {
        // The broker has forgotten what an earlier connection asked for.
        epoch = link.epoch();
        credit.Clear();
        ensured = false;
    }
    return true;
}

Status StreamPuller::Impl::Ensure(const std::stop_token& stop) {
    if (ensured) return OkStatus();
    const Deadline deadline = Deadline::After(kEnsureTimeout);
    auto made = asio::co_spawn(
        link.executor, EnsureConsumer(connection, config.consumer, deadline), asio::use_future
    );
    while (made.wait_for(kSlice) != std::future_status::ready) {
        if (stop.stop_requested()) return absl::CancelledError("stopped");
    }
    const Result<ConsumerInfo> info = made.get();
    ensured = info.ok();
    return info.status();
}

Status StreamPuller::Impl::Listen() {
    if (subscription != nullptr) return OkStatus();
    natsSubscription* raw = nullptr;
    const std::string subject = inbox + ".*";
    const natsStatus made = natsConnection_SubscribeSync(&raw, link.raw, subject.c_str());
    subscription.reset(raw);
    if (made == NATS_OK) natsSubscription_SetPendingLimits(raw, -1, -1);
    return detail::FromNats(made, "bus: subscribe");
}

bool StreamPuller::Impl::Prepare(const std::stop_token& stop) {
    if (!WaitForConnection(stop)) return false;
    Status ready = Ensure(stop);
    if (ready.ok()) ready = Listen();
    if (ready.ok()) return true;
    if (!stop.stop_requested()) {
        Fail(ready);
        Pause(kPause);
    }
    return false;
}

// --- fetching

void StreamPuller::Impl::Request() {
    if (credit.total() > config.max_batch) return;
    if (credit.empty()) heard = SteadyClock::now();
    const uint64_t id = credit.Add(config.max_batch);
    const std::string reply = inbox + "." + std::to_string(id);
    const std::string request =
        detail::ToJsonText({.batch = config.max_batch, .expires = kExpires, .heartbeat = kHeartbeat}
        );
    const Status sent = link.PublishRaw(request_subject.c_str(), reply.c_str(), request, Headers());
    if (!sent.ok()) credit.End(id);
}

void StreamPuller::Impl::OnStatus(const Message& message) {
    switch (detail::ReadPullStatus(message)) {
        case detail::PullStatus::kAlive:
            break;
        case detail::PullStatus::kOver:
            credit.End(detail::NumberAtEnd(message.subject()));
            break;
        case detail::PullStatus::kNoConsumer:
            credit.Clear();
            ensured = false;
            break;
    }
}

// Whether something came.
bool StreamPuller::Impl::Next(
    std::chrono::milliseconds wait, std::vector<StreamMessage>& batch, size_t& bytes
) {
    natsMsg* raw = nullptr;
    const natsStatus status = natsSubscription_NextMsg(&raw, subscription.get(), wait.count());
    if (status == NATS_NO_RESPONDERS) {
        credit.Clear();
        ensured = false;
        return true;
    }
    if (status != NATS_OK) {
        if (status != NATS_TIMEOUT) subscription.reset();
        return false;
    }
    heard = SteadyClock::now();
    Message message = detail::MakeMessage(raw);
    StreamMessage delivered;
    if (!detail::ParseAckSubject(message.reply(), delivered)) {
        OnStatus(message);
        return true;
    }
    credit.Use();
    bytes += message.payload().size();
    delivered.message = std::move(message);
    batch.push_back(std::move(delivered));
    return true;
}

// Only when nothing is queued: what a slow handler left lying was heard in time.
void StreamPuller::Impl::CheckSilence() {
    if (credit.empty() || SteadyClock::now() - heard <= kSilence) return;
    Fail(absl::DeadlineExceededError("bus: no heartbeat from the broker"));
    credit.Clear();
    ensured = false;
}

// Being woken for every single message would cost more than the message: once there is one, the
// others are looked for once a millisecond.
void StreamPuller::Impl::Collect(std::vector<StreamMessage>& batch) {
    size_t bytes = 0;
    if (!Next(kSlice, batch, bytes)) CheckSilence();
    if (batch.empty()) return;
    const auto until = SteadyClock::now() + config.max_delay;
    for (;;) {
        do {
            Request();
            if (batch.size() >= config.max_batch || bytes >= config.max_batch_bytes) return;
        } while (Next(std::chrono::milliseconds(0), batch, bytes));
        const auto left = until - SteadyClock::now();
        if (left <= left.zero() || subscription == nullptr) return;
        Pause(std::min<SteadyClock::duration>(left, kGlance));
    }
}

void StreamPuller::Impl::Handle(std::vector<StreamMessage>& batch) {
    ++counters.batches;
    counters.messages += batch.size();
    counters.redelivered += static_cast<uint64_t>(std::count_if(
        batch.begin(), batch.end(), [](const StreamMessage& each) { return each.deliveries > 1; }
    ));
    // The next batch is asked for before this one is worked on.
    Request();
    const Status done = handler(batch);
    if (!done.ok()) Fail(done);
    for (const StreamMessage& message : batch) {
        const Status answered =
            done.ok() ? Ack(connection, message) : Nak(connection, message, config.retry_delay);
        if (done.ok() && answered.ok()) ++counters.acked;
    }
}

// What was delivered and not looked at would otherwise come again only after ack_wait.
void StreamPuller::Impl::GiveBack() {
    std::vector<StreamMessage> rest;
    size_t bytes = 0;
    while (subscription != nullptr && Next(std::chrono::milliseconds(0), rest, bytes)) {
    }
    for (const StreamMessage& message : rest) Nak(connection, message).IgnoreError();
}

Status StreamPuller::Impl::Work(const std::stop_token& stop) {
    std::vector<StreamMessage> batch;
    while (!stop.stop_requested()) {
        if (!Prepare(stop)) continue;
        Request();
        Collect(batch);
        if (!batch.empty()) Handle(batch);
        batch.clear();
    }
    GiveBack();
    subscription.reset();
    return OkStatus();
}

StreamPuller::StreamPuller(
    Connection& connection, PullerConfig config, Handler handler, ErrorHandler on_error
)
    : impl_(std::make_unique<Impl>(
          connection, std::move(config), std::move(handler), std::move(on_error)
      )) {}

StreamPuller::~StreamPuller() = default;

runtime::Task<Status> StreamPuller::Run() {
    Impl& impl = *impl_;
    const Subscription states =
        impl.connection.OnStateChange([&impl](const ConnectionState&) { impl.Wake(); });
    const std::function<Status(std::stop_token)> work = [&impl](const std::stop_token& stop) {
        return impl.Work(stop);
    };
    const std::string name = "pull-" + impl.config.consumer.durable;
    co_return co_await runtime::RunOnThread(name, work);
}

PullerCounters StreamPuller::counters() const noexcept {
    const auto& from = impl_->counters;
    return {from.batches, from.messages, from.redelivered, from.acked, from.errors};
}

}  // namespace mp::bus
