#include "reliability/distributed_lock.hpp"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <algorithm>
#include <random>
#include <string_view>
#include <utility>

namespace mp::reliability {
namespace {

// "<ttl in ms> <owner>".
struct Holder {
    Duration ttl;
    std::string owner;
};

Holder ReadHolder(const std::string& value) {
    const size_t space = value.find(' ');
    int64_t ttl_ms = 0;
    if (space == std::string::npos || !absl::SimpleAtoi(value.substr(0, space), &ttl_ms)) {
        return {Duration(0), value};
    }
    return {std::chrono::milliseconds(ttl_ms), value.substr(space + 1)};
}

}  // namespace

std::string MakeOwnerId(std::string_view service) {
    std::random_device random;
    const uint64_t id = (uint64_t{random()} << 32) | random();
    return absl::StrCat(std::string(service), "-", absl::Hex(id, absl::kZeroPad16));
}

DistributedLock::DistributedLock(
    KeyValue& bucket,
    std::string key,
    std::string owner,
    LockConfig config,
    const Clock& clock,
    Pause pause
)
    : bucket_(bucket),
      key_(std::move(key)),
      owner_(std::move(owner)),
      config_(config),
      clock_(clock),
      pause_(std::move(pause)) {}

Task<Status> DistributedLock::Acquire(Deadline deadline) {
    for (;;) {
        const Status tried = co_await TryAcquire();
        if (tried.ok() || tried.code() == StatusCode::kInvalidArgument) co_return tried;
        if (deadline.Left() < config_.retry_every) {
            co_return absl::DeadlineExceededError(
                absl::StrCat("lock ", key_, " not acquired: ", std::string(tried.message()))
            );
        }
        co_await pause_(config_.retry_every);
    }
}

Task<Status> DistributedLock::TryAcquire() {
    const Nanos began = clock_.Steady();
    const Result<uint64_t> created = co_await bucket_.Create(key_, Value());
    if (created.status().code() == StatusCode::kAlreadyExists) co_return co_await Contend();
    co_return Hold(created, began, true);
}

Task<Status> DistributedLock::Contend() {
    const Nanos began = clock_.Steady();
    const Result<Entry> entry = co_await bucket_.Get(key_);
    if (entry.status().code() == StatusCode::kNotFound) {
        co_return absl::AbortedError("the lock changed hands; try again");
    }
    if (!entry.ok()) co_return entry.status();

    Holder holder = ReadHolder(entry->value);
    if (holder.ttl.count() <= 0) holder.ttl = config_.ttl;  // written by somebody else's code
    const bool ours = holder.owner == owner_;  // written by a call whose answer was lost
    if (seen_.revision != entry->revision) seen_ = {entry->revision, clock_.Steady()};
    const bool dead = clock_.Steady() - seen_.since >= holder.ttl.count();
    if (!ours && !dead) {
        ++stats_.contended;
        co_return absl::AlreadyExistsError(absl::StrCat("held by ", holder.owner));
    }
    const Result<uint64_t> taken = co_await bucket_.Update(key_, Value(), entry->revision);
    const Status held = Hold(taken, began, true);
    if (held.ok() && !ours) ++stats_.taken_over;
    co_return held;
}

Task<Status> DistributedLock::Renew() {
    if (revision_ == 0) co_return absl::AbortedError("the lock is not held");
    const Nanos began = clock_.Steady();
    const Result<uint64_t> written = co_await bucket_.Update(key_, Value(), revision_);
    if (written.ok()) co_return Hold(written, began, false);
    if (written.status().code() != StatusCode::kAborted) co_return written.status();

    // Lost, unless it was an earlier renewal of ours whose answer was lost that moved the revision.
    const Result<Entry> entry = co_await bucket_.Get(key_);
    if (entry.ok() && ReadHolder(entry->value).owner == owner_) {
        const Result<uint64_t> again = co_await bucket_.Update(key_, Value(), entry->revision);
        if (again.status().code() != StatusCode::kAborted) co_return Hold(again, began, false);
    } else if (!entry.ok() && entry.status().code() != StatusCode::kNotFound) {
        co_return entry.status();
    }
    revision_ = 0;
    held_until_ = 0;
    ++stats_.lost;
    co_return absl::AbortedError(absl::StrCat("lock ", key_, " is lost"));
}

Task<Status> DistributedLock::Release() {
    const uint64_t revision = std::exchange(revision_, 0);
    held_until_ = 0;
    if (revision == 0) co_return OkStatus();
    Status released = co_await bucket_.Delete(key_, revision);
    if (released.code() != StatusCode::kAborted) co_return released;

    // Another revision: a lost answer of ours, or another holder, whose lock is left alone.
    const Result<Entry> entry = co_await bucket_.Get(key_);
    if (!entry.ok() || ReadHolder(entry->value).owner != owner_) co_return OkStatus();
    co_return co_await bucket_.Delete(key_, entry->revision);
}

Status DistributedLock::Hold(const Result<uint64_t>& written, Nanos began, bool new_token) {
    if (!written.ok()) return written.status();
    revision_ = *written;
    held_until_ = began + config_.ttl.count();
    if (new_token) {
        stats_.token = *written;
        ++stats_.acquired;
    }
    return OkStatus();
}

Duration DistributedLock::HeldFor() const {
    if (revision_ == 0) return Duration(0);
    return Duration(std::max<Nanos>(0, held_until_ - clock_.Steady()));
}

DistributedLock::Stats DistributedLock::GetStats() const {
    Stats stats = stats_;
    stats.held = Held();
    return stats;
}

std::string DistributedLock::Value() const {
    const auto ttl = std::chrono::duration_cast<std::chrono::milliseconds>(config_.ttl);
    return absl::StrCat(ttl.count(), " ", owner_);
}

}  // namespace mp::reliability
