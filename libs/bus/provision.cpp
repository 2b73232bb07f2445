#include "bus/provision.hpp"

#include <chrono>
#include <utility>

#include "runtime/sleep.hpp"

namespace mp::bus {
namespace {

using namespace std::chrono_literals;

constexpr Duration kAttempt = 10s;
constexpr Duration kRetry = 500ms;
constexpr Duration kLookEvery = 1s;

}  // namespace

Provision::Provision(
    Connection& connection,
    std::vector<StreamConfig> streams,
    std::vector<KvConfig> buckets,
    ErrorHandler on_error
)
    : connection_(connection),
      streams_(std::move(streams)),
      buckets_(std::move(buckets)),
      on_error_(std::move(on_error)) {}

runtime::Task<Status> Provision::Make() {
    for (;;) {
        const uint64_t reconnects = connection_.state().reconnects;
        const Status made = co_await MakeMissing(Deadline::After(kAttempt));
        if (made.ok() || absl::IsFailedPrecondition(made)) {
            reconnects_ = reconnects;
            co_return made;
        }
        on_error_(made);
        co_await runtime::Sleep(kRetry);
    }
}

runtime::Task<Status> Provision::Keep() {
    for (;;) {
        co_await runtime::Sleep(kLookEvery);
        const ConnectionState& state = connection_.state();
        if (!state.connected || state.reconnects == reconnects_) continue;
        const Status made = co_await Make();
        if (!made.ok()) on_error_(made);
    }
}

runtime::Task<Status> Provision::MakeMissing(Deadline deadline) {
    for (const StreamConfig& stream : streams_) {
        const auto made = co_await EnsureStream(connection_, stream, deadline);
        if (!made.ok()) co_return Annotate(made.status(), "stream " + stream.name);
    }
    for (const KvConfig& bucket : buckets_) {
        const auto made = co_await KvBucket::Open(connection_, bucket, deadline);
        if (!made.ok()) co_return Annotate(made.status(), "bucket " + bucket.bucket);
    }
    co_return OkStatus();
}

}  // namespace mp::bus
