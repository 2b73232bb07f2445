#include "reliability/watchdog.hpp"

#include <algorithm>
#include <cmath>

namespace mp::reliability {

void Watchdog::Gaps::Observe(Nanos now, uint64_t messages) {
    longest = std::max(longest, static_cast<double>(now - last));
    longest_siblings = std::max(longest_siblings, static_cast<double>(messages - siblings));
    patience = 1;
    Restart(now, messages);
}

void Watchdog::Gaps::Restart(Nanos now, uint64_t messages) {
    last = now;
    siblings = messages;
}

Watchdog::Watchdog(Config config, Nanos now) : config_(config), last_alive_(now), last_check_(now) {
    data_.since = now;
    data_.Restart(now, 0);
}

Watchdog::Channel Watchdog::Add(Nanos now, std::optional<Duration> pace) {
    Gaps gaps;
    gaps.pace = pace;
    gaps.used = true;
    gaps.since = now;
    gaps.Restart(now, messages_);
    const auto free =
        std::find_if(channels_.begin(), channels_.end(), [](const Gaps& g) { return !g.used; });
    const auto place = free == channels_.end() ? channels_.insert(free, gaps) : free;
    *place = gaps;
    return static_cast<Channel>(place - channels_.begin());
}

void Watchdog::Remove(Channel channel) {
    channels_[channel].used = false;
}

void Watchdog::OnMessage(Channel channel, Nanos now) {
    last_alive_ = now;
    data_.Observe(now, messages_);
    channels_[channel].Observe(now, messages_);
    ++messages_;
}

void Watchdog::OnConnected(Nanos now) {
    last_alive_ = now;
    data_.Restart(now, messages_);
    for (Gaps& gaps : channels_) gaps.Restart(now, messages_);
}

std::vector<Watchdog::Silence> Watchdog::Check(Nanos now) {
    Forget(now);
    std::vector<Silence> silent;
    if (const Duration dead(now - last_alive_); dead > config_.connection_silence) {
        last_alive_ = now;
        silent.push_back({std::nullopt, dead, config_.connection_silence});
    } else if (const auto silence = Judge(data_, now, false)) {
        silent.push_back(*silence);
    }
    if (!silent.empty()) {
        ++stats_.silent_connections;
        return silent;
    }
    for (Channel channel = 0; channel < channels_.size(); ++channel) {
        if (!channels_[channel].used) continue;
        if (auto silence = Judge(channels_[channel], now, true)) {
            silence->channel = channel;
            silent.push_back(*silence);
        }
    }
    stats_.silent_channels += silent.size();
    return silent;
}

std::optional<Watchdog::Silence> Watchdog::Judge(Gaps& gaps, Nanos now, bool with_siblings) {
    if (!gaps.pace && now - gaps.since < config_.warmup.count()) return std::nullopt;
    const double silent_for = static_cast<double>(now - gaps.last);
    const double trusted_for = TrustedFor(gaps) * gaps.patience;
    if (silent_for <= trusted_for) return std::nullopt;
    if (with_siblings && !gaps.pace) {
        const double trusted = std::max(
            gaps.longest_siblings * config_.tolerance,
            static_cast<double>(config_.min_sibling_messages)
        );
        const double heard = static_cast<double>(messages_ - gaps.siblings);
        if (heard <= trusted * gaps.patience) return std::nullopt;
    }
    gaps.patience = std::min(gaps.patience * 2, 1024.0);
    gaps.Restart(now, messages_);
    return Silence{
        std::nullopt,
        Duration(static_cast<Nanos>(silent_for)),
        Duration(static_cast<Nanos>(trusted_for))};
}

double Watchdog::TrustedFor(const Gaps& gaps) const {
    const double longest = static_cast<double>(config_.max_silence.count());
    double limit = gaps.longest * config_.tolerance;
    if (gaps.pace) {
        limit = static_cast<double>(gaps.pace->count()) * config_.tolerance;
    } else if (gaps.longest == 0) {
        limit = longest;
    }
    return std::clamp(limit, static_cast<double>(config_.min_silence.count()), longest);
}

void Watchdog::Forget(Nanos now) {
    const double halves =
        static_cast<double>(now - last_check_) / static_cast<double>(config_.memory.count());
    const double keep = std::exp2(-std::max(0.0, halves));
    last_check_ = now;
    data_.longest *= keep;
    for (Gaps& gaps : channels_) {
        gaps.longest *= keep;
        gaps.longest_siblings *= keep;
    }
}

Watchdog::Stats Watchdog::GetStats() const {
    Stats stats = stats_;
    stats.channels = static_cast<uint64_t>(
        std::count_if(channels_.begin(), channels_.end(), [](const Gaps& g) { return g.used; })
    );
    return stats;
}

}  // namespace mp::reliability
