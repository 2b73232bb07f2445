#include "collector/rest/budget.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "reliability/retry_after.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

// Of the window: how long a slice lives, and how far clocks and ways to the venue may differ.
constexpr int64_t kPartsOfWindow = 30;
constexpr int64_t kSlices = 10;         // the largest slice is this part of the limit
constexpr Duration kLookAgain = 250ms;  // whether the bus is back
constexpr Duration kLongestNap = 1s;
constexpr int kAttempts = 5;

Nanos SteadyNow() {
    return DefaultClock().Steady();
}

}  // namespace

// A place in the line; its holder leaves it when it passes, gives up or is cancelled.
class Budget::Place {
  public:
    Place(Budget& budget, int64_t own)
        : weight(own), budget_(budget), at_(budget.line_.insert(budget.line_.end(), this)) {}
    ~Place() {
        const bool was_first = first();
        budget_.line_.erase(at_);
        if (was_first) budget_.WakeFirst();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    bool first() const { return budget_.line_.front() == this; }

    const int64_t weight;
    runtime::Condition turn;

  private:
    Budget& budget_;
    const std::list<Place*>::iterator at_;
};

Budget::Budget(Config config, reliability::KeyValue& bucket, std::function<bool()> reachable)
    : config_(std::move(config)),
      bucket_(bucket),
      reachable_(std::move(reachable)),
      alone_limit_(
          std::max<int64_t>(1, std::llround(static_cast<double>(config_.limit) * config_.share))
      ),
      alone_({.limit = alone_limit_, .window = config_.window}) {}

Nanos Budget::Counts() const {
    // The slice's life, the venue's window, the margin.
    return config_.window.count() + 2 * config_.window.count() / kPartsOfWindow;
}

Task<Status> Budget::Acquire(int64_t weight, Deadline deadline) {
    if (weight > shared_limit()) {
        co_return absl::InvalidArgumentError(
            "a request of weight " + std::to_string(weight) + " never fits a budget of " +
            std::to_string(shared_limit())
        );
    }
    if (line_.size() >= config_.max_waiting) {
        ++stats_.refused;
        co_return reliability::WithRetryAfter(
            absl::ResourceExhaustedError("too many requests wait for the venue's budget"),
            config_.window
        );
    }
    Place place(*this, weight);
    bool waited = false;
    for (;;) {
        Duration wait = BlockedFor();
        if (wait.count() == 0 && !place.first()) {
            wait = Duration::max();
        } else if (wait.count() == 0) {
            if (Spend(weight)) break;
            wait = co_await Refill(weight);
            if (wait.count() == 0) continue;
        }
        const bool knows = wait != Duration::max();
        if (deadline.Passed() || (knows && wait > deadline.Left())) {
            co_return Refused(
                "no room in the venue's budget before the deadline", knows ? wait : kLookAgain
            );
        }
        waited = true;
        // Looks again now and then: others may have been granted less than was thought.
        const Duration nap = knows ? std::min(wait, kLongestNap) : Duration(1h);
        (void)co_await place.turn.Wait(deadline.Earlier(Deadline::After(nap)));
    }
    ++stats_.passed;
    stats_.delayed += waited;
    co_return OkStatus();
}

Status Budget::Refused(std::string_view why, Duration wait) {
    ++stats_.refused;
    return reliability::WithRetryAfter(absl::DeadlineExceededError(std::string(why)), wait);
}

Duration Budget::BlockedFor() const {
    const Nanos wall = ledger_.blocked_until() - DefaultClock().Now();
    return Duration(std::max<Nanos>({0, blocked_until_ - SteadyNow(), wall}));
}

bool Budget::Spend(int64_t weight) {
    if (slice_.weight < weight || SteadyNow() >= slice_.until) return false;
    slice_.weight -= weight;
    return true;
}

// Gets a slice that holds `weight`, and then says 0; else how long to wait before the next try.
Task<Duration> Budget::Refill(int64_t weight) {
    if (reachable_()) {
        const Duration wait = co_await Grant(weight);
        if (wait.count() >= 0) co_return wait;
    }
    loaded_ = false;
    co_return SpendAlone(weight);
}

// As Refill, by the ledger; negative: there is no bus.
Task<Duration> Budget::Grant(int64_t weight) {
    if (!loaded_) {
        const Status loaded = co_await Load();
        if (!loaded.ok()) co_return Duration(-1);
    }
    const Nanos now = DefaultClock().Now();
    Ledger ledger = ledger_;
    ledger.Settle(now, now + Counts());
    ledger.Add(now + Counts(), unentered_);
    if (const Nanos left = blocked_until_ - SteadyNow(); left > 0) ledger.Block(now + left);
    const bool alone = SteadyNow() < alone_until_;
    const Duration wait = ledger.WaitFor(now, weight, shared_limit());
    if (wait.count() > 0) co_return wait;
    if (alone) {
        const Duration turn = alone_.TryAcquire(weight);
        if (turn.count() > 0) co_return turn;
    }
    int64_t waiting = 0;
    for (const Place* place : line_) waiting += place->weight;
    const int64_t largest = std::max(weight, config_.limit / kSlices);
    const int64_t room = std::min(largest, shared_limit() - ledger.used());
    const int64_t granted = alone ? weight : std::clamp(waiting, weight, room);
    ledger.Add(now + Counts(), granted);
    const int64_t entered = unentered_;
    const Status saved = co_await Save(std::move(ledger));
    if (absl::IsAborted(saved)) co_return Duration(0);  // somebody else was there: again
    if (!saved.ok()) co_return Duration(-1);
    unentered_ -= entered;
    ++stats_.slices;
    slice_ = {granted, SteadyNow() + config_.window.count() / kPartsOfWindow};
    co_return Duration(0);
}

// As Refill, without the bus.
Duration Budget::SpendAlone(int64_t weight) {
    const Nanos now = SteadyNow();
    // What others were granted, and this one, may still be counted by the venue.
    if (met_ != 0 && now - met_ < Counts()) {
        return std::min<Duration>(kLookAgain, Duration(met_ + Counts() - now));
    }
    if (weight > alone_limit_) return config_.window;
    const Duration wait = alone_.TryAcquire(weight);
    if (wait.count() > 0) return wait;
    ++stats_.alone;
    unentered_ += weight;
    alone_until_ = now + Counts();
    slice_ = {weight, now + config_.window.count() / kPartsOfWindow};
    return Duration(0);
}

Task<Status> Budget::Load() {
    const auto entry = co_await bucket_.Get(config_.key);
    if (!entry.ok() && !absl::IsNotFound(entry.status())) co_return entry.status();
    met_ = SteadyNow();
    loaded_ = true;
    revision_ = 0;
    ledger_ = Ledger();
    if (entry.ok()) Learn(*entry);
    co_return OkStatus();
}

void Budget::Learn(const reliability::Entry& entry) {
    if (entry.revision <= revision_) return;
    const auto ledger = Ledger::Parse(entry.value);
    // What nobody can read is written anew.
    ledger_ = ledger.ok() ? *ledger : Ledger();
    revision_ = entry.revision;
    met_ = SteadyNow();
    if (BlockedFor().count() > 0) WakeFirst();
}

// Aborted: another collector was faster; what it wrote will be read.
Task<Status> Budget::Save(Ledger ledger) {
    std::string text = ledger.Format();
    const uint64_t expected = revision_;
    Result<uint64_t> revision = 0;
    if (expected == 0) {
        revision = co_await bucket_.Create(config_.key, std::move(text));
    } else {
        revision = co_await bucket_.Update(config_.key, std::move(text), expected);
    }
    if (revision.ok()) {
        met_ = SteadyNow();
        if (*revision > revision_) {
            ledger_ = std::move(ledger);
            revision_ = *revision;
        }
        co_return OkStatus();
    }
    loaded_ = false;
    if (absl::IsAlreadyExists(revision.status())) co_return absl::AbortedError("made meanwhile");
    co_return revision.status();
}

// Puts something into the ledger that nobody asked for.
Task<Status> Budget::Enter(int64_t weight, Nanos blocked_until) {
    Status saved = absl::UnavailableError("no bus");
    for (int attempt = 0; attempt < kAttempts && reachable_(); ++attempt) {
        if (!loaded_) {
            saved = co_await Load();
            if (!saved.ok()) break;
        }
        const Nanos now = DefaultClock().Now();
        Ledger ledger = ledger_;
        ledger.Settle(now, now + Counts());
        ledger.Add(now + Counts(), weight);
        ledger.Block(blocked_until);
        saved = co_await Save(std::move(ledger));
        if (!absl::IsAborted(saved)) break;
    }
    co_return saved;
}

Task<> Budget::ServerUsed(int64_t used) {
    const Nanos now = DefaultClock().Now();
    ledger_.Settle(now, now + Counts());
    const int64_t known = ledger_.used() + unentered_;
    if (used <= known) co_return;
    const Status entered = co_await Enter(used - known, 0);
    // Alone it cannot be told who else asks, only that it is time to stop.
    if (!entered.ok() && used > shared_limit()) alone_.BlockFor(config_.window / 4);
}

Task<> Budget::Block(Duration wait) {
    ++stats_.blocks;
    blocked_until_ = std::max(blocked_until_, SteadyNow() + wait.count());
    slice_ = {};
    (void)co_await Enter(0, DefaultClock().Now() + wait.count());
}

void Budget::WakeFirst() {
    if (!line_.empty()) line_.front()->turn.NotifyAll();
}

Budget::Stats Budget::GetStats() const {
    Stats stats = stats_;
    Ledger ledger = ledger_;
    const Nanos now = DefaultClock().Now();
    ledger.Settle(now, now + Counts());
    stats.limit = config_.limit;
    stats.used = ledger.used() + unentered_;
    stats.waiting = line_.size();
    stats.blocked_for = BlockedFor();
    return stats;
}

}  // namespace mp::collector
