#include "collector/rest/ledger.hpp"

#include <algorithm>
#include <charconv>

namespace mp::collector {
namespace {

constexpr std::string_view kBlocked = "blocked ";

bool ReadNumber(std::string_view& text, int64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0) return false;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return true;
}

bool Take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

Status Unreadable() {
    return absl::InvalidArgumentError("the ledger of a budget is unreadable");
}

// Up, so that nothing counts too shortly.
int64_t Milliseconds(Nanos time) {
    return (time + kMillisecond - 1) / kMillisecond;
}

}  // namespace

Result<Ledger> Ledger::Parse(std::string_view text) {
    Ledger ledger;
    constexpr int64_t kLatest = INT64_MAX / kMillisecond;
    while (!text.empty()) {
        int64_t until = 0;
        int64_t weight = 0;
        const bool block = Take(text, kBlocked);
        if (!ReadNumber(text, until) || until > kLatest) return Unreadable();
        if (!block && (!Take(text, " ") || !ReadNumber(text, weight))) return Unreadable();
        if (!Take(text, "\n") || weight > INT32_MAX) return Unreadable();
        if (block) {
            ledger.Block(until * kMillisecond);
        } else {
            ledger.Add(until * kMillisecond, weight);
        }
    }
    return ledger;
}

std::string Ledger::Format() const {
    std::string text;
    if (blocked_until_ > 0) {
        text.append(kBlocked).append(std::to_string(Milliseconds(blocked_until_))).append("\n");
    }
    for (const auto& [until, weight] : grants_) {
        text.append(std::to_string(Milliseconds(until))).append(" ");
        text.append(std::to_string(weight)).append("\n");
    }
    return text;
}

void Ledger::Settle(Nanos now, Nanos latest) {
    while (!grants_.empty() && grants_.begin()->first <= now) {
        used_ -= grants_.begin()->second;
        grants_.erase(grants_.begin());
    }
    int64_t beyond = 0;
    while (!grants_.empty() && grants_.rbegin()->first > latest) {
        beyond += grants_.rbegin()->second;
        grants_.erase(std::prev(grants_.end()));
    }
    if (beyond > 0) grants_[latest] += beyond;
    if (blocked_until_ <= now) blocked_until_ = 0;
}

void Ledger::Add(Nanos until, int64_t weight) {
    if (weight <= 0) return;
    grants_[until] += weight;
    used_ += weight;
}

void Ledger::Block(Nanos until) {
    blocked_until_ = std::max(blocked_until_, until);
}

Duration Ledger::WaitFor(Nanos now, int64_t weight, int64_t limit) const {
    Nanos ready = std::max(now, blocked_until_);
    int64_t excess = used_ + weight - limit;
    for (auto grant = grants_.begin(); excess > 0 && grant != grants_.end(); ++grant) {
        excess -= grant->second;
        if (excess <= 0) ready = std::max(ready, grant->first);
    }
    return Duration(ready - now);
}

}  // namespace mp::collector
