#include "bus/kv_bucket.hpp"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <deque>
#include <utility>

#include "bus/detail/api.hpp"
#include "bus/ordered_consumer.hpp"
#include "bus/publisher.hpp"
#include "bus/stream.hpp"
#include "runtime/condition.hpp"
#include "runtime/with_deadline.hpp"

namespace mp::bus {
namespace {

using reliability::Entry;
using reliability::KeyChange;

constexpr char kOperation[] = "KV-Operation";
constexpr char kDelete[] = "DEL";
constexpr char kExpected[] = "Nats-Expected-Last-Subject-Sequence";
// Changes that a watcher may be behind.
constexpr size_t kMaxWaiting = 1u << 16;

std::string StreamOf(const std::string& bucket) {
    return "KV_" + bucket;
}

StreamConfig ToStream(const KvConfig& config) {
    StreamConfig stream;
    stream.name = StreamOf(config.bucket);
    stream.subjects = {"$KV." + config.bucket + ".>"};
    stream.discard = Discard::kNew;
    stream.storage = config.in_memory ? Storage::kMemory : Storage::kFile;
    stream.max_bytes = config.max_bytes;
    stream.max_messages_per_subject = 1;
    stream.max_age = config.ttl;
    const std::chrono::nanoseconds window = std::chrono::minutes(2);
    stream.duplicate_window = config.ttl.count() > 0 ? std::min(window, config.ttl) : window;
    stream.replicas = config.replicas;
    stream.allow_rollup = true;
    stream.allow_direct = true;
    stream.deny_delete = true;
    return stream;
}

bool IsDeletion(std::string_view operation) {
    return operation == "DEL" || operation == "PURGE";
}

// The stored message of an answer to STREAM.MSG.GET.
bool DeletedIn(const detail::Json& message) {
    std::string headers;
    if (!absl::Base64Unescape(detail::TextAt(message, "hdrs"), &headers)) return false;
    return absl::StrContains(headers, "KV-Operation: DEL") ||
           absl::StrContains(headers, "KV-Operation: PURGE");
}

class Watcher final : public reliability::KeyWatch {
  public:
    Watcher(Connection& connection, const std::string& bucket, std::string prefix, bool keys_only)
        : prefix_(std::move(prefix)),
          subject_size_(std::string_view("$KV..").size() + bucket.size()),
          consumer_(
              connection,
              OrderedConsumerConfig{
                  .stream = StreamOf(bucket),
                  .start = StartAt::LastPerSubject(),
                  .headers_only = keys_only},
              OrderedHandlers{
                  .on_messages = [this](std::span<StreamMessage> burst) { OnMessages(burst); },
                  .on_caught_up = [this] { Add({.kind = KeyChange::Kind::kCaughtUp}); }}
          ) {}

    runtime::Task<Result<KeyChange>> Next() override {
        while (changes_.empty() && !lost_) co_await changed_.Wait();
        if (changes_.empty()) co_return absl::UnavailableError("kv: the watcher fell behind");
        KeyChange change = std::move(changes_.front());
        changes_.pop_front();
        co_return change;
    }

  private:
    void OnMessages(std::span<StreamMessage> burst) {
        for (const StreamMessage& message : burst) {
            KeyChange change;
            change.key =
                message.subject().substr(std::min(subject_size_, message.subject().size()));
            if (!reliability::KeyHasPrefix(change.key, prefix_)) continue;
            change.entry.revision = message.stream_sequence;
            change.entry.created = message.stored;
            const auto operation = message.message.header(kOperation);
            if (operation && IsDeletion(*operation)) {
                change.kind = KeyChange::Kind::kDelete;
            } else {
                change.entry.value = message.payload();
            }
            Add(std::move(change));
        }
    }

    void Add(KeyChange change) {
        if (changes_.size() >= kMaxWaiting) lost_ = true;
        if (!lost_) changes_.push_back(std::move(change));
        changed_.NotifyAll();
    }

    const std::string prefix_;
    const size_t subject_size_;
    std::deque<KeyChange> changes_;
    bool lost_ = false;
    runtime::Condition changed_;
    OrderedConsumer consumer_;
};

runtime::Task<Result<std::vector<std::string>>> Collect(Watcher& watcher) {
    std::vector<std::string> keys;
    for (;;) {
        auto change = co_await watcher.Next();
        if (!change.ok()) co_return change.status();
        if (change->kind == KeyChange::Kind::kCaughtUp) co_return keys;
        // Written again while we were reading: once is enough.
        std::erase(keys, change->key);
        if (change->kind == KeyChange::Kind::kPut) keys.push_back(std::move(change->key));
    }
}

}  // namespace

KvBucket::KvBucket(Connection& connection, std::string bucket, std::chrono::milliseconds timeout)
    : connection_(connection), bucket_(std::move(bucket)), timeout_(timeout) {}

KvBucket::~KvBucket() = default;

runtime::Task<Result<std::unique_ptr<KvBucket>>> KvBucket::Open(
    Connection& connection, KvConfig config, Deadline deadline
) {
    auto stream = co_await EnsureStream(connection, ToStream(config), deadline);
    if (!stream.ok()) co_return stream.status();
    co_return std::make_unique<KvBucket>(connection, config.bucket);
}

std::string KvBucket::SubjectOf(const std::string& key) const {
    return "$KV." + bucket_ + "." + key;
}

// Asked for a message of a stream that is just being made, brokers of 2.9 crash. Direct reads are
// answered only once it is whole, but by any replica: they tell that it is there, no more.
runtime::Task<Status> KvBucket::AwaitMade() {
    const uint64_t reconnects = connection_.state().reconnects;
    if (made_ == reconnects) co_return OkStatus();
    const detail::Json request{{"last_by_subj", SubjectOf("-")}};
    const auto answer = co_await connection_.Request(
        "$JS.API.DIRECT.GET." + StreamOf(bucket_), request.dump(), {}, Deadline::After(timeout_)
    );
    if (answer.ok()) made_ = reconnects;
    co_return Annotate(answer.status(), "kv: bucket " + bucket_);
}

runtime::Task<Result<KvBucket::Stored>> KvBucket::Read(std::string key) {
    if (Status checked = reliability::CheckKey(key); !checked.ok()) co_return checked;
    MP_CO_RETURN_IF_ERROR(co_await AwaitMade());
    detail::Json request{{"last_by_subj", SubjectOf(key)}};
    auto answer = co_await detail::CallApi(
        connection_,
        "STREAM.MSG.GET." + StreamOf(bucket_),
        std::move(request),
        Deadline::After(timeout_)
    );
    if (!answer.ok()) co_return answer.status();
    const detail::Json message = answer->value("message", detail::Json::object());
    Stored stored;
    stored.entry.revision = detail::NumberAt(message, "seq");
    stored.entry.created = detail::TimeAt(message, "time");
    stored.deleted = DeletedIn(message);
    if (!absl::Base64Unescape(detail::TextAt(message, "data"), &stored.entry.value)) {
        co_return absl::InternalError("kv: unreadable value of " + key);
    }
    co_return stored;
}

runtime::Task<Result<uint64_t>> KvBucket::Write(
    std::string key, std::string value, Headers headers, std::optional<uint64_t> expected
) {
    if (Status checked = reliability::CheckKey(key); !checked.ok()) co_return checked;
    if (expected) headers.emplace_back(kExpected, std::to_string(*expected));
    auto ack = co_await Publish(
        connection_, SubjectOf(key), std::move(value), std::move(headers), Deadline::After(timeout_)
    );
    if (!ack.ok()) co_return Annotate(ack.status(), "kv: " + bucket_ + "." + key);
    co_return ack->sequence;
}

runtime::Task<Result<Entry>> KvBucket::Get(std::string key) {
    auto stored = co_await Read(key);
    if (!stored.ok()) co_return stored.status();
    if (stored->deleted) co_return absl::NotFoundError("kv: " + key + " was deleted");
    co_return std::move(stored->entry);
}

runtime::Task<Result<uint64_t>> KvBucket::Put(std::string key, std::string value) {
    return Write(std::move(key), std::move(value), {}, std::nullopt);
}

runtime::Task<Result<uint64_t>> KvBucket::Update(
    std::string key, std::string value, uint64_t expected
) {
    return Write(std::move(key), std::move(value), {}, expected);
}

runtime::Task<Result<uint64_t>> KvBucket::Create(std::string key, std::string value) {
    const Headers none;
    uint64_t revision = 0;
    auto created = co_await Write(key, value, none, revision);
    if (!absl::IsAborted(created.status())) co_return created;
    // Something is there: a value, or the mark of a deletion that may be written over.
    auto stored = co_await Read(key);
    if (stored.ok()) {
        if (!stored->deleted) co_return absl::AlreadyExistsError("kv: " + key + " exists");
        revision = stored->entry.revision;
    } else if (!absl::IsNotFound(stored.status())) {
        co_return stored.status();
    }
    created = co_await Write(key, std::move(value), none, revision);
    if (absl::IsAborted(created.status())) {
        co_return absl::AlreadyExistsError("kv: " + key + " was just created");
    }
    co_return created;
}

runtime::Task<Status> KvBucket::Delete(std::string key, std::optional<uint64_t> expected) {
    Headers headers{{kOperation, kDelete}};
    if (expected) {
        // A mark of deletion has a revision too, which is not one that a caller can mean.
        auto stored = co_await Read(key);
        if (absl::IsNotFound(stored.status()) || (stored.ok() && stored->deleted)) {
            co_return absl::AbortedError("kv: " + key + " is gone");
        }
        if (!stored.ok()) co_return stored.status();
    }
    auto written = co_await Write(std::move(key), "", std::move(headers), expected);
    co_return written.status();
}

runtime::Task<Result<std::vector<std::string>>> KvBucket::Keys(std::string prefix) {
    Watcher watcher(connection_, bucket_, std::move(prefix), true);
    co_return co_await runtime::WithDeadline(Collect(watcher), Deadline::After(timeout_));
}

runtime::Task<Result<std::unique_ptr<reliability::KeyWatch>>> KvBucket::Watch(std::string prefix) {
    co_return std::make_unique<Watcher>(connection_, bucket_, std::move(prefix), false);
}

}  // namespace mp::bus
