#pragma once
// A KeyValue bucket in memory, with the semantics that reliability/key_value.hpp promises:
// revisions over the whole bucket, one time to live counted from the last write, expiry that no
// watch sees. Every call gives way to other coroutines once, so that races between callers are
// real. One io_context thread.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/duration.hpp"
#include "base/time.hpp"
#include "reliability/key_value.hpp"
#include "runtime/condition.hpp"
#include "runtime/sleep.hpp"

namespace mp::testing {

class FakeKeyValue final : public reliability::KeyValue {
  public:
    using Entry = reliability::Entry;
    using KeyChange = reliability::KeyChange;

    // `ttl` 0: keys live for ever. `clock` outlives the bucket.
    explicit FakeKeyValue(const Clock& clock, Duration ttl = Duration(0))
        : clock_(clock), ttl_(ttl) {}

    // The call after the next `skip` ones answers `status`; with `applied` it does its work before,
    // as when only the answer of a broker was lost.
    void FailCall(Status status, bool applied = false, int skip = 0) {
        faults_.push_back({calls_ + static_cast<uint64_t>(skip), std::move(status), applied});
    }
    // Away until it is set false: every call is Unavailable.
    void SetAway(bool away) { away_ = away; }

    uint64_t calls() const { return calls_; }

    Task<Result<Entry>> Get(std::string key) override {
        const Fault fault = co_await Begin();
        if (!fault.status.ok()) co_return fault.status;
        const Entry* const entry = Find(key);
        if (entry == nullptr) co_return absl::NotFoundError(key);
        co_return *entry;
    }

    Task<Result<uint64_t>> Create(std::string key, std::string value) override {
        const Fault fault = co_await Begin();
        if (fault.Stops()) co_return fault.status;
        if (const Status valid = reliability::CheckKey(key); !valid.ok()) co_return valid;
        if (Find(key) != nullptr) co_return absl::AlreadyExistsError(key);
        co_return Answer(fault, Write(key, std::move(value)));
    }

    Task<Result<uint64_t>> Update(std::string key, std::string value, uint64_t expected) override {
        const Fault fault = co_await Begin();
        if (fault.Stops()) co_return fault.status;
        if (const Status same = Expect(key, expected); !same.ok()) co_return same;
        co_return Answer(fault, Write(key, std::move(value)));
    }

    Task<Result<uint64_t>> Put(std::string key, std::string value) override {
        const Fault fault = co_await Begin();
        if (fault.Stops()) co_return fault.status;
        if (const Status valid = reliability::CheckKey(key); !valid.ok()) co_return valid;
        co_return Answer(fault, Write(key, std::move(value)));
    }

    Task<Status> Delete(std::string key, std::optional<uint64_t> expected = std::nullopt) override {
        const Fault fault = co_await Begin();
        if (fault.Stops()) co_return fault.status;
        if (expected) {
            if (const Status same = Expect(key, *expected); !same.ok()) co_return same;
        }
        if (Find(key) != nullptr) {
            entries_.erase(key);
            const Entry gone{"", ++revision_, clock_.Now()};
            Tell({KeyChange::Kind::kDelete, key, gone});
        }
        co_return fault.status;
    }

    Task<Result<std::vector<std::string>>> Keys(std::string prefix) override {
        const Fault fault = co_await Begin();
        if (!fault.status.ok()) co_return fault.status;
        std::vector<std::string> keys;
        for (const auto& [key, stored] : entries_) {
            if (reliability::KeyHasPrefix(key, prefix) && Lives(stored)) keys.push_back(key);
        }
        co_return keys;
    }

    Task<Result<std::unique_ptr<reliability::KeyWatch>>> Watch(std::string prefix) override {
        const Fault fault = co_await Begin();
        if (!fault.status.ok()) co_return fault.status;
        auto watch = std::make_unique<FakeWatch>(*this, prefix);
        std::vector<KeyChange> present;
        for (const auto& [key, stored] : entries_) {
            if (Lives(stored)) present.push_back({KeyChange::Kind::kPut, key, stored.entry});
        }
        std::sort(present.begin(), present.end(), [](const KeyChange& a, const KeyChange& b) {
            return a.entry.revision < b.entry.revision;
        });
        for (const KeyChange& change : present) watch->Offer(change);
        watch->CaughtUp();
        co_return std::unique_ptr<reliability::KeyWatch>(std::move(watch));
    }

  private:
    struct Stored {
        Entry entry;
        Nanos written = 0;  // steady
    };

    struct Fault {
        uint64_t call = 0;
        Status status;
        bool applied = false;

        bool Stops() const { return !status.ok() && !applied; }
    };

    class FakeWatch final : public reliability::KeyWatch {
      public:
        FakeWatch(FakeKeyValue& bucket, std::string prefix)
            : bucket_(bucket), prefix_(std::move(prefix)) {
            bucket_.watches_.push_back(this);
        }
        ~FakeWatch() override { bucket_.watches_.remove(this); }

        Task<Result<KeyChange>> Next() override {
            while (changes_.empty()) co_await changed_.Wait();
            KeyChange change = std::move(changes_.front());
            changes_.pop_front();
            co_return change;
        }

        void Offer(const KeyChange& change) {
            if (!reliability::KeyHasPrefix(change.key, prefix_)) return;
            changes_.push_back(change);
            changed_.NotifyAll();
        }
        void CaughtUp() { changes_.push_back({KeyChange::Kind::kCaughtUp, "", {}}); }

      private:
        FakeKeyValue& bucket_;
        const std::string prefix_;
        std::deque<KeyChange> changes_;
        runtime::Condition changed_;
    };

    Task<Fault> Begin() {
        co_await runtime::Yield();
        const uint64_t call = calls_++;
        if (away_) co_return Fault{call, absl::UnavailableError("the bucket is away"), false};
        const auto planned = std::find_if(faults_.begin(), faults_.end(), [&](const Fault& fault) {
            return fault.call == call;
        });
        if (planned == faults_.end()) co_return Fault{};
        Fault fault = std::move(*planned);
        faults_.erase(planned);
        co_return fault;
    }

    bool Lives(const Stored& stored) const {
        return ttl_.count() == 0 || clock_.Steady() < stored.written + ttl_.count();
    }

    const Entry* Find(const std::string& key) const {
        const auto found = entries_.find(key);
        return found != entries_.end() && Lives(found->second) ? &found->second.entry : nullptr;
    }

    Status Expect(const std::string& key, uint64_t expected) const {
        const Entry* const entry = Find(key);
        if (entry != nullptr && entry->revision == expected) return OkStatus();
        return absl::AbortedError(key + " has another revision");
    }

    uint64_t Write(const std::string& key, std::string value) {
        Stored& stored = entries_[key];
        stored = {{std::move(value), ++revision_, clock_.Now()}, clock_.Steady()};
        Tell({KeyChange::Kind::kPut, key, stored.entry});
        return stored.entry.revision;
    }

    static Result<uint64_t> Answer(const Fault& fault, uint64_t revision) {
        if (!fault.status.ok()) return fault.status;
        return revision;
    }

    void Tell(const KeyChange& change) {
        for (FakeWatch* const watch : watches_) watch->Offer(change);
    }

    const Clock& clock_;
    const Duration ttl_;
    std::map<std::string, Stored> entries_;
    std::list<FakeWatch*> watches_;
    std::vector<Fault> faults_;
    uint64_t revision_ = 0;
    uint64_t calls_ = 0;
    bool away_ = false;
};

}  // namespace mp::testing
