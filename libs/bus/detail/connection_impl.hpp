#pragma once
// What the parts of mp::bus share of a connection.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus/connection.hpp"
#include "bus/detail/broker_tls.hpp"
#include "bus/detail/cnats.hpp"
#include "bus/detail/mailbox.hpp"
#include "bus/detail/socket_pump.hpp"
#include "runtime/condition.hpp"

namespace mp::bus {

struct Connection::Impl : std::enable_shared_from_this<Connection::Impl> {
    // A subscription whose messages are taken on the executor.
    struct Reader {
        std::string subject;
        Handler handler;  // empty: cancelled
        natsSubscription* raw = nullptr;
        std::vector<Message> burst;
    };
    // A subscription of answers, taken on a thread of the library: only there can "nobody listens"
    // be told from the request that it answers.
    struct Answers {
        std::string subject;
        std::function<void(natsMsg*)> sink;  // takes the message over; called on a foreign thread
        natsSubscription* raw = nullptr;
    };
    struct Waiting {
        runtime::Event answered;
        Result<Message> result = absl::UnknownError("no answer");
    };

    Impl(runtime::Executor executor_in, ConnectionConfig config_in, const tls::Credentials* tls_in);
    ~Impl() = default;

    // Any thread. False: nothing of the library may be called that needs the connection, it could
    // block behind an attempt to reconnect.
    bool usable() const noexcept { return up && pump->attached(); }
    uint64_t epoch() const noexcept { return pump->attachments(); }  // Connection::epoch

    void Adopt(natsConnection* connection);  // the first connection was made
    void OnReconnected();
    void OnLost();
    void OnClosed(std::string why);
    void Close();  // for good

    Subscription AddReader(std::string subject, Handler handler);
    Subscription AddAnswers(std::string subject, std::function<void(natsMsg*)> sink);

    // Any thread. `reply` may be null.
    Status PublishRaw(
        const char* subject, const char* reply, std::string_view payload, const Headers& headers
    );

    runtime::Task<Result<Message>> Request(
        std::string subject, std::string payload, Headers headers, Deadline deadline
    );
    runtime::Task<Status> Flush(Deadline deadline);

    const runtime::Executor executor;
    const ConnectionConfig config;
    const std::shared_ptr<detail::BrokerTls> tls;
    std::shared_ptr<detail::SocketPump> pump;
    void* handle = nullptr;  // of this object in callbacks
    void* pump_handle = nullptr;
    std::atomic<bool> up{false};
    natsConnection* raw = nullptr;  // set before `up` is, for good
    std::atomic<int64_t> max_payload{0};

    // On the executor.
    ConnectionState state;
    bool closing = false;

  private:
    bool Deliver();
    bool DeliverTo(Reader& reader);
    void Open(Reader& reader);
    void Open(Answers& answers);
    void Discard(natsSubscription* subscription);
    void Remove(const Reader* reader);
    void Remove(const Answers* answers);
    void OnAnswers(std::vector<Message>& answers);
    void StartAnswering();
    void Fail(const Status& status);
    void Notify();
    void SetConnected(bool connected, std::string error);

    using Readers = std::vector<std::shared_ptr<Reader>>;

    // Replaced, never changed: a burst in delivery goes on over the one that it began with.
    std::shared_ptr<const Readers> readers_ = std::make_shared<Readers>();
    std::vector<std::shared_ptr<Answers>> answers_;
    std::vector<natsSubscription*> discarded_;  // while the connection was away

    std::string inbox_;  // "<inbox>.", then the number of the request
    std::shared_ptr<detail::Mailbox<Message>> answered_;
    Subscription answering_;
    std::unordered_map<uint64_t, Waiting*> waiting_;
    uint64_t last_request_ = 0;

    std::map<uint64_t, std::function<void(const ConnectionState&)>> listeners_;
    uint64_t last_listener_ = 0;

    friend class Connection;
};

namespace detail {

// A subject that nobody else has: "_INBOX.<22 random characters>".
std::string MakeInbox();

// The number behind the last '.' of `subject`; 0 where there is none.
uint64_t NumberAtEnd(std::string_view subject);

}  // namespace detail
}  // namespace mp::bus
