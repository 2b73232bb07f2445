#include "bus/ordered_consumer.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "bus/detail/ack_subject.hpp"
#include "bus/detail/api.hpp"
#include "bus/detail/connection_impl.hpp"
#include "bus/stream.hpp"
#include "runtime/condition.hpp"
#include "runtime/sleep.hpp"

namespace mp::bus {
namespace {

using detail::Json;

constexpr std::chrono::seconds kCallTimeout{5};
constexpr std::chrono::milliseconds kFirstPause{100};  // between attempts; doubles
constexpr std::chrono::milliseconds kLastPause{2000};
// The broker removes a consumer that nobody listens to after this time.
constexpr std::chrono::seconds kInactive{30};

}  // namespace

struct OrderedConsumer::Impl : std::enable_shared_from_this<OrderedConsumer::Impl> {
    Impl(Connection& connection_in, OrderedConsumerConfig config_in, OrderedHandlers handlers_in)
        : connection(connection_in),
          link(connection_in.impl().weak_from_this()),
          config(std::move(config_in)),
          handlers(std::move(handlers_in)) {}

    // Keeps itself alive until cancelled.
    static runtime::Task<> Live(std::shared_ptr<Impl> self);
    runtime::Task<> Lose();
    runtime::Task<Status> Begin();
    runtime::Task<Status> Create(StartAt start);
    runtime::Task<> FollowValues();
    runtime::Task<> WaitUntil(std::function<bool()> done);

    Result<StartAt> Place(const StreamInfo& info);
    StartAt FirstPlace(const StreamInfo& info);
    Json Request(const StartAt& start) const;

    void OnBurst(std::span<Message> burst);
    bool OnMessage(Message& message);
    void OnControl(const Message& message);
    void HandOver();
    void CatchUp();
    bool Values() const {
        return config.start.kind == StartAt::Kind::kLastPerSubject ||
               config.start.kind == StartAt::Kind::kLast;
    }
    void Report(Hole::Kind kind, uint64_t first, uint64_t last);
    void Break(Status why);
    void Forget();

    Connection& connection;
    const std::weak_ptr<Connection::Impl> link;  // tells whether the connection is still there
    const OrderedConsumerConfig config;
    const OrderedHandlers handlers;
    Subscription states;
    asio::cancellation_signal cancel;
    bool stopped = false;

    // Of the present consumer on the broker.
    std::string inbox;
    std::string consumer;
    Subscription messages;
    uint64_t expected = 1;             // consumer sequence
    std::vector<std::string> replies;  // flow control: answered when the burst is handed over
    std::chrono::steady_clock::time_point heard;
    bool active = false;

    // Of the reading as a whole.
    bool placed = false;
    bool caught_up = false;
    Nanos incarnation = 0;
    uint64_t next = 0;  // stream sequence from which to go on
    uint64_t last_sequence = 0;
    uint64_t resets = 0;
    Status error = absl::UnavailableError("bus: not started");
    std::vector<StreamMessage> burst;
    runtime::Condition changed;
};

// --- the life of a consumer

runtime::Task<> OrderedConsumer::Impl::Live(std::shared_ptr<Impl> self) {
    auto pause = kFirstPause;
    for (bool first = true;; first = false) {
        if (!first) ++self->resets;
        while (true) {
            Status begun = co_await self->Begin();
            if (begun.ok()) break;
            self->Break(begun);
            co_await runtime::Sleep(pause);
            pause = std::min(kLastPause, 2 * pause);
        }
        pause = kFirstPause;
        if (self->Values()) co_await self->FollowValues();
        const std::function<bool()> never = [] { return false; };
        co_await self->WaitUntil(never);
        self->Forget();
    }
}

runtime::Task<Status> OrderedConsumer::Impl::Begin() {
    if (!connection.state().connected) co_return absl::UnavailableError("bus: no connection");
    auto info = co_await GetStreamInfo(connection, config.stream, Deadline::After(kCallTimeout));
    if (!info.ok()) co_return info.status();
    auto start = Place(*info);
    if (!start.ok()) co_return start.status();
    co_return co_await Create(*start);
}

runtime::Task<Status> OrderedConsumer::Impl::Create(StartAt start) {
    inbox = detail::MakeInbox();
    expected = 1;
    replies.clear();
    heard = std::chrono::steady_clock::now();
    auto subscribed = connection.Subscribe(inbox, [this](std::span<Message> arrived) {
        const auto self = shared_from_this();
        OnBurst(arrived);
    });
    if (!subscribed.ok()) co_return subscribed.status();
    messages = *std::move(subscribed);
    error = OkStatus();
    active = true;
    auto created = co_await detail::CallApi(
        connection,
        "CONSUMER.CREATE." + config.stream,
        Request(start),
        Deadline::After(kCallTimeout)
    );
    if (!created.ok()) co_return created.status();
    consumer = detail::TextAt(*created, "name");
    const Json delivered = created->value("delivered", Json::object());
    if (error.ok() && detail::NumberAt(*created, "num_pending") == 0 &&
        detail::NumberAt(delivered, "consumer_seq") == 0) {
        CatchUp();
    }
    co_return error;
}

Json OrderedConsumer::Impl::Request(const StartAt& start) const {
    const std::chrono::nanoseconds heartbeat = config.heartbeat;
    Json json{
        {"deliver_subject", inbox},
        {"ack_policy", "none"},
        {"max_deliver", 1},
        {"replay_policy", "instant"},
        {"flow_control", true},
        {"idle_heartbeat", heartbeat.count()},
        {"mem_storage", true},
        {"num_replicas", 1},
        {"inactive_threshold", std::chrono::nanoseconds(kInactive).count()},
    };
    if (!config.filter.empty()) json["filter_subject"] = config.filter;
    if (config.headers_only) json["headers_only"] = true;
    switch (start.kind) {
        case StartAt::Kind::kLast:
            json["deliver_policy"] = "last";
            break;
        case StartAt::Kind::kLastPerSubject:
            json["deliver_policy"] = "last_per_subject";
            break;
        default:
            json["deliver_policy"] = "by_start_sequence";
            json["opt_start_seq"] = start.sequence;
            break;
    }
    if (start.kind == StartAt::Kind::kLastPerSubject && config.filter.empty()) {
        json["filter_subject"] = ">";
    }
    return Json{{"stream_name", config.stream}, {"config", std::move(json)}};
}

// Finds out when all values were handed over. The broker's count of what is pending does not tell:
// a value that is replaced before its delivery stays in it, and comes later, behind the others. But
// once all is delivered that the stream held when the consumer existed, the broker has looked at
// every value; and once all is delivered that it held then, every replacement has come too.
runtime::Task<> OrderedConsumer::Impl::FollowValues() {
    for (int look = 0; look < 2 && error.ok() && !caught_up; ++look) {
        const auto info =
            co_await GetStreamInfo(connection, config.stream, Deadline::After(kCallTimeout));
        if (!info.ok()) co_return Break(info.status());
        const std::function<bool()> delivered = [this, newest = info->last_sequence] {
            return caught_up || last_sequence >= newest;
        };
        co_await WaitUntil(delivered);
    }
    if (error.ok()) CatchUp();
}

// Until `done()` or the consumer is broken.
runtime::Task<> OrderedConsumer::Impl::WaitUntil(std::function<bool()> done) {
    const auto silence = 2 * config.heartbeat + config.heartbeat / 2;
    while (error.ok() && !done()) {
        const auto deadline = heard + silence;
        co_await changed.Wait(Deadline::At(deadline));
        if (error.ok() && std::chrono::steady_clock::now() - heard >= silence) {
            Break(absl::DeadlineExceededError("bus: heartbeats missing"));
        }
    }
}

void OrderedConsumer::Impl::Break(Status why) {
    error = std::move(why);
    active = false;
    messages.Cancel();
    changed.NotifyAll();
}

void OrderedConsumer::Impl::Forget() {
    if (consumer.empty()) return;
    // A coroutine that holds a consumer may be destroyed after the connection, with its io_context.
    if (const auto connected = link.lock(); !connected || connected->closing) return;
    // No answer is waited for: an unused consumer goes away by itself too.
    const std::string call = "$JS.API.CONSUMER.DELETE." + config.stream + "." + consumer;
    connection.Publish(call, "").IgnoreError();
    consumer.clear();
}

// --- where to read from

StartAt OrderedConsumer::Impl::FirstPlace(const StreamInfo& info) {
    switch (config.start.kind) {
        case StartAt::Kind::kNew:
            return StartAt::Sequence(info.last_sequence + 1);
        case StartAt::Kind::kAll:
            return StartAt::Sequence(info.first_sequence);
        default:
            return config.start;
    }
}

// Where this consumer begins; reports what the stream has lost since the last one.
Result<StartAt> OrderedConsumer::Impl::Place(const StreamInfo& info) {
    const bool values = Values();
    const bool first = !std::exchange(placed, true);
    if (first) {
        incarnation = info.created;
        next = FirstPlace(info).sequence;
    } else if (incarnation != info.created) {
        incarnation = info.created;
        Report(Hole::Kind::kNewIncarnation, info.first_sequence, info.last_sequence);
        next = info.first_sequence;
        last_sequence = 0;
    }
    if (values && !caught_up) return config.start;
    if (next == 0) next = 1;
    if (next > info.last_sequence + 1) {
        Report(Hole::Kind::kTruncated, info.last_sequence + 1, next - 1);
        next = info.last_sequence + 1;
        last_sequence = info.last_sequence;
    }
    if (next < info.first_sequence) {
        if (!values) Report(Hole::Kind::kPurged, next, info.first_sequence - 1);
        next = info.first_sequence;
    }
    return StartAt::Sequence(next);
}

void OrderedConsumer::Impl::Report(Hole::Kind kind, uint64_t first, uint64_t last) {
    if (!stopped && handlers.on_hole) handlers.on_hole(Hole{kind, first, last});
}

// --- messages

void OrderedConsumer::Impl::OnBurst(std::span<Message> arrived) {
    heard = std::chrono::steady_clock::now();
    for (Message& message : arrived) {
        if (!active || !OnMessage(message)) break;
    }
    if (!stopped) HandOver();
}

// False: the numbering is broken, what follows is not to be used.
bool OrderedConsumer::Impl::OnMessage(Message& message) {
    StreamMessage delivered;
    if (!message || !detail::ParseAckSubject(message.reply(), delivered)) {
        if (message) OnControl(message);
        return active;
    }
    if (delivered.consumer_sequence != expected) {
        Break(absl::DataLossError("bus: messages lost on the way"));
        return false;
    }
    ++expected;
    // The newest values again, after a reset while they were being read.
    if (delivered.stream_sequence <= last_sequence) return true;
    delivered.message = std::move(message);
    burst.push_back(std::move(delivered));
    return true;
}

void OrderedConsumer::Impl::OnControl(const Message& message) {
    if (!message.reply().empty()) {
        replies.emplace_back(message.reply());
        return;
    }
    if (const auto stalled = message.header("Nats-Consumer-Stalled"))
        replies.emplace_back(*stalled);
    const auto last = message.header("Nats-Last-Consumer");
    if (!last) return;
    uint64_t sent = 0;
    std::from_chars(last->data(), last->data() + last->size(), sent);
    if (sent != expected - 1) return Break(absl::DataLossError("bus: messages lost on the way"));
    // Heartbeats come when there is nothing to send.
    if (burst.empty() && !message.header("Nats-Consumer-Stalled")) CatchUp();
}

void OrderedConsumer::Impl::HandOver() {
    if (!burst.empty()) {
        std::vector<StreamMessage> handed = std::exchange(burst, {});
        last_sequence = handed.back().stream_sequence;
        next = last_sequence + 1;
        const bool all = !caught_up && !Values() &&
                         std::any_of(handed.begin(), handed.end(), [](const auto& each) {
                             return each.pending == 0;
                         });
        handlers.on_messages(handed);
        if (all) CatchUp();
        if (!caught_up) changed.NotifyAll();
        handed.clear();
        burst = std::move(handed);  // its memory serves the next burst
    }
    if (stopped) return;
    for (const std::string& reply : std::exchange(replies, {})) {
        connection.Publish(reply, "").IgnoreError();
    }
}

void OrderedConsumer::Impl::CatchUp() {
    if (std::exchange(caught_up, true)) return;
    changed.NotifyAll();
    if (!stopped && handlers.on_caught_up) handlers.on_caught_up();
}

// --- the handle

OrderedConsumer::OrderedConsumer(
    Connection& connection, OrderedConsumerConfig config, OrderedHandlers handlers
)
    : impl_(std::make_shared<Impl>(connection, std::move(config), std::move(handlers))) {
    impl_->states = connection.OnStateChange([weak = std::weak_ptr(impl_)](const auto& state) {
        const auto impl = weak.lock();
        if (impl == nullptr) return;
        if (!state.connected) impl->Break(absl::UnavailableError("bus: " + state.error));
        impl->changed.NotifyAll();
    });
    asio::co_spawn(
        connection.impl().executor,
        Impl::Live(impl_),
        asio::bind_cancellation_slot(impl_->cancel.slot(), asio::detached)
    );
}

OrderedConsumer::~OrderedConsumer() {
    impl_->stopped = true;
    impl_->states.Cancel();
    impl_->Break(absl::CancelledError("stopped"));
    impl_->Forget();
    impl_->cancel.emit(asio::cancellation_type::all);
}

bool OrderedConsumer::active() const noexcept {
    return impl_->active && !impl_->consumer.empty();
}
Nanos OrderedConsumer::incarnation() const noexcept {
    return impl_->incarnation;
}
uint64_t OrderedConsumer::last_sequence() const noexcept {
    return impl_->last_sequence;
}
uint64_t OrderedConsumer::resets() const noexcept {
    return impl_->resets;
}
Status OrderedConsumer::last_error() const {
    return impl_->error;
}

}  // namespace mp::bus
