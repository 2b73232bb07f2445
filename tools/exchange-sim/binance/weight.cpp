#include "exchange-sim/binance/weight.hpp"

#include "exchange-sim/text.hpp"

namespace mp::sim::binance {

WeightLimiter::Outcome WeightLimiter::Charge(
    const std::string& client, int weight, std::int64_t now_ms
) {
    const Outcome outcome = Judge(client, weight, now_ms);
    tally_.Note(
        Concat(name_, " ", client), limit_, outcome.used, outcome.verdict != Verdict::kAllowed
    );
    return outcome;
}

WeightLimiter::Outcome WeightLimiter::Judge(
    const std::string& client, int weight, std::int64_t now_ms
) {
    Account& account = accounts_[client];
    if (now_ms < account.banned_until_ms) {
        const auto left = static_cast<int>((account.banned_until_ms - now_ms + 999) / 1000);
        return {Verdict::kBanned, account.used, left, account.banned_until_ms};
    }
    if (const std::int64_t minute = now_ms / 60'000; minute != account.minute) {
        account.minute = minute;
        account.used = 0;
        account.refusals = 0;
    }
    account.used += weight;
    if (account.used <= limit_) return {Verdict::kAllowed, account.used, 0, 0};
    if (++account.refusals > kRefusalsBeforeBan) {
        account.banned_until_ms = now_ms + kBanSeconds * 1000;
        return {Verdict::kBanned, account.used, kBanSeconds, account.banned_until_ms};
    }
    const auto left = static_cast<int>(60 - now_ms / 1000 % 60);
    return {Verdict::kLimited, account.used, left, 0};
}

}  // namespace mp::sim::binance
