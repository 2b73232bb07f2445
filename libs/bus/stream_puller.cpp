#include <algorithm>
#include <atomic>
#include <deque>
#include <numeric>
#include <thread>
#include <utility>

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
          request_subject(detail::PullSubject(config.stream, config.durable)) {}

    Status Work(const std::stop_token& stop);
    bool Connected() const { return link.usable() && link.epoch() == config.epoch; }
    Status Listen();
    void Request();
    void Collect(std::vector<StreamMessage>& batch);
    bool Next(std::chrono::milliseconds wait, std::vector<StreamMessage>& batch, size_t& bytes);
    void OnStatus(const Message& message);
    void CheckSilence();
    void Handle(std::vector<StreamMessage>& batch);
    void GiveBack();
    void EndConsumer();

    Connection& connection;
    Connection::Impl& link;
    const PullerConfig config;
    const Handler handler;
    const ErrorHandler on_error;
    const std::string inbox;
    const std::string request_subject;

    // On the thread.
    std::unique_ptr<natsSubscription, SubscriptionFree> subscription;
    Status over;  // why nothing more will come
    Credit credit;
    SteadyClock::time_point heard;

    struct {
        std::atomic<uint64_t> batches{0}, messages{0}, redelivered{0}, acked{0}, errors{0};
    } counters;
};

Status StreamPuller::Impl::Listen() {
    natsSubscription* raw = nullptr;
    const std::string subject = inbox + ".*";
    const natsStatus made = natsConnection_SubscribeSync(&raw, link.raw, subject.c_str());
    subscription.reset(raw);
    if (made == NATS_OK) natsSubscription_SetPendingLimits(raw, -1, -1);
    return detail::FromNats(made, "bus: subscribe");
}

void StreamPuller::Impl::EndConsumer() {
    over = absl::NotFoundError(
        "bus: the consumer \"" + config.durable + "\" of stream " + config.stream + " is gone"
    );
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
            EndConsumer();
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
        EndConsumer();
        return false;
    }
    if (status != NATS_OK) {
        if (status != NATS_TIMEOUT) over = detail::FromNats(status, "bus: pull");
        return false;
    }
    heard = SteadyClock::now();
    Message message = detail::MakeMessage(raw);
    // The next connection may lead to another stream under this name.
    if (!Connected()) return false;
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
    over = absl::DeadlineExceededError("bus: no heartbeat from the broker");
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
        if (left <= left.zero() || !over.ok() || !Connected()) return;
        std::this_thread::sleep_for(std::min<SteadyClock::duration>(left, kGlance));
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
    if (!done.ok()) {
        ++counters.errors;
        if (on_error) on_error(done);
        if (config.ends_at_refusal) {
            over = done;
            return;
        }
    }
    for (const StreamMessage& message : batch) {
        if (!Connected()) return;
        const Status answered =
            done.ok() ? Ack(connection, message) : Nak(connection, message, config.retry_delay);
        if (done.ok() && answered.ok()) ++counters.acked;
    }
}

// What was delivered and not looked at would otherwise come again only after ack_wait.
void StreamPuller::Impl::GiveBack() {
    std::vector<StreamMessage> rest;
    size_t bytes = 0;
    while (Next(std::chrono::milliseconds(0), rest, bytes)) {
    }
    for (const StreamMessage& message : rest) Nak(connection, message).IgnoreError();
}

Status StreamPuller::Impl::Work(const std::stop_token& stop) {
    const Status lost = absl::UnavailableError("bus: the connection was lost");
    if (!Connected()) return lost;
    MP_RETURN_IF_ERROR(Listen());
    std::vector<StreamMessage> batch;
    while (over.ok() && Connected() && !stop.stop_requested()) {
        Request();
        Collect(batch);
        if (!batch.empty()) Handle(batch);
        batch.clear();
    }
    if (over.ok() && Connected()) GiveBack();
    subscription.reset();
    if (stop.stop_requested()) return OkStatus();
    return over.ok() ? lost : over;
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
    const std::function<Status(std::stop_token)> work = [&impl](const std::stop_token& stop) {
        return impl.Work(stop);
    };
    const std::string name = "pull-" + impl.config.durable;
    co_return co_await runtime::RunOnThread(name, work);
}

PullerCounters StreamPuller::counters() const noexcept {
    const auto& from = impl_->counters;
    return {from.batches, from.messages, from.redelivered, from.acked, from.errors};
}

}  // namespace mp::bus
