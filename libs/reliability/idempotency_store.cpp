#include "reliability/idempotency_store.hpp"

#include <absl/strings/str_cat.h>
#include <utility>

#include "reliability/distributed_lock.hpp"
#include "reliability/update_surely.hpp"

namespace mp::reliability {
namespace {

// "P <fingerprint>\n<nonce>" while in progress, "D <fingerprint>\n<result>" when done. The nonce
// tells one's own reservation, whose answer was lost, from an equal request's.
struct Record {
    bool done = false;
    std::string_view fingerprint;
    std::string_view result;
};

std::string Encode(bool done, const std::string& fingerprint, const std::string& result) {
    return absl::StrCat(done ? "D " : "P ", fingerprint, "\n", result);
}

std::optional<Record> Decode(std::string_view value) {
    const size_t end = value.find('\n');
    if (end == std::string_view::npos || end < 2) return std::nullopt;
    return Record{value[0] == 'D', value.substr(2, end - 2), value.substr(end + 1)};
}

}  // namespace

IdempotencyStore::IdempotencyStore(
    KeyValue& bucket, IdempotencyConfig config, const Clock& clock, Pause pause
)
    : bucket_(bucket), config_(config), clock_(clock), pause_(std::move(pause)) {}

Task<Result<IdempotencyStore::Begun>> IdempotencyStore::Begin(
    std::string scope, std::string key, std::string fingerprint, Deadline deadline
) {
    if (key.empty() || key.size() > config_.max_key_bytes) {
        co_return absl::InvalidArgumentError(
            absl::StrCat("an idempotency key has 1 to ", config_.max_key_bytes, " bytes")
        );
    }
    const Reservation wanted{KeyToken(scope) + "." + KeyToken(key), KeyToken(fingerprint), 0};
    const std::string pending = Encode(false, wanted.fingerprint, MakeOwnerId("request"));
    for (bool waited = false;; waited = true) {
        Result<std::optional<Begun>> begun = co_await Try(wanted, pending);
        if (begun.ok() && begun->has_value()) co_return std::move(**begun);
        if (!begun.ok() && !LeavesOpen(begun.status())) co_return begun.status();
        if (!waited) ++stats_.waited;
        if (deadline.Left() < config_.poll_every) {
            if (!begun.ok()) co_return begun.status();
            co_return absl::AbortedError("the same request is still in progress");
        }
        co_await pause_(config_.poll_every);
    }
}

Task<Result<std::optional<IdempotencyStore::Begun>>> IdempotencyStore::Try(
    Reservation wanted, std::string pending
) {
    const Result<uint64_t> created = co_await bucket_.Create(wanted.key, pending);
    if (created.ok()) co_return Reserved(std::move(wanted), *created);
    if (created.status().code() != StatusCode::kAlreadyExists) co_return created.status();

    const Result<Entry> entry = co_await bucket_.Get(wanted.key);
    if (entry.status().code() == StatusCode::kNotFound) co_return std::nullopt;
    if (!entry.ok()) co_return entry.status();

    if (entry->value == pending) co_return Reserved(std::move(wanted), entry->revision);
    const std::optional<Record> record = Decode(entry->value);
    const Nanos age = clock_.Now() - entry->created;
    const Duration keep = record && !record->done ? config_.pending_for : config_.keep;
    if (!record || age >= keep.count()) {
        const auto taken = co_await bucket_.Update(wanted.key, pending, entry->revision);
        if (taken.status().code() == StatusCode::kAborted) co_return std::nullopt;
        if (!taken.ok()) co_return taken.status();
        ++stats_.taken_over;
        co_return Reserved(std::move(wanted), *taken);
    }
    if (record->fingerprint != wanted.fingerprint) {
        ++stats_.mismatched;
        co_return absl::FailedPreconditionError(
            "the idempotency key was used with a different request"
        );
    }
    if (!record->done) co_return std::nullopt;
    ++stats_.replayed;
    co_return Begun{std::string(record->result), {}};
}

IdempotencyStore::Begun IdempotencyStore::Reserved(Reservation reservation, uint64_t revision) {
    ++stats_.reserved;
    reservation.revision = revision;
    return Begun{std::nullopt, std::move(reservation)};
}

Task<Status> IdempotencyStore::Finish(
    Reservation reservation, std::string result, Deadline deadline
) {
    const std::string done = Encode(true, reservation.fingerprint, result);
    const auto updated = co_await UpdateSurely(
        bucket_, reservation.key, done, reservation.revision, deadline, pause_
    );
    co_return updated.status();
}

Task<Status> IdempotencyStore::Forget(Reservation reservation) {
    co_return co_await bucket_.Delete(reservation.key, reservation.revision);
}

}  // namespace mp::reliability
