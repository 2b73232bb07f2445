#include "gateway/query/instruments.hpp"

#include <algorithm>

#include "wire/convert.hpp"

namespace mp::gateway {

namespace pb = marketprism::v1;

namespace {

std::string SymbolKey(std::string_view exchange, std::string_view symbol) {
    return std::string(exchange) + "|" + std::string(symbol);
}

std::string NameOf(const pb::Instrument& wanted) {
    std::string name = wanted.exchange() + " ";
    if (wanted.market() != pb::MARKET_UNSPECIFIED) {
        name += std::string(ToString(static_cast<model::Market>(wanted.market()))) + " ";
    }
    return name + wanted.symbol();
}

}  // namespace

void Instruments::Add(const model::Instrument& instrument) {
    const auto [it, added] = known_.emplace(instrument, true);
    if (!added) return;
    const model::Instrument* stored = &it->first;
    by_symbol_.emplace(SymbolKey(stored->exchange, stored->symbol), stored);
    if (!stored->venue_symbol.empty() && stored->venue_symbol != stored->symbol) {
        by_symbol_.emplace(SymbolKey(stored->exchange, stored->venue_symbol), stored);
    }
}

Instruments::Found Instruments::Find(const pb::Instrument& wanted) const {
    Found found;
    const auto [begin, end] = by_symbol_.equal_range(SymbolKey(wanted.exchange(), wanted.symbol()));
    for (auto it = begin; it != end; ++it) {
        const model::Instrument* candidate = it->second;
        const bool market_fits = wanted.market() == pb::MARKET_UNSPECIFIED ||
                                 wanted.market() == wire::ToProto(candidate->market);
        if (market_fits && std::find(found.begin(), found.end(), candidate) == found.end()) {
            found.push_back(candidate);
        }
    }
    // A canonical name wins over another instrument's venue symbol.
    const auto canonical = std::find_if(found.begin(), found.end(), [&](const auto* candidate) {
        return candidate->symbol == wanted.symbol();
    });
    if (canonical != found.end() && wanted.market() != pb::MARKET_UNSPECIFIED) return {*canonical};
    return found;
}

std::optional<model::Instrument> Instruments::Known(const pb::Instrument& wanted) const {
    const Found found = Find(wanted);
    if (found.size() != 1) return std::nullopt;
    return *found.front();
}

// One asks for all who wait; what it learned, also that the store is away, is theirs too. Where it
// gave up for a reason of its own, the next one asks.
Task<Status> Instruments::Refresh(Deadline deadline) {
    while (refreshing_) {
        const bool done = co_await refresh_done_.Wait(deadline);
        if (!done) co_return absl::DeadlineExceededError("listing instruments took too long");
        const bool gave_up = absl::IsCancelled(outcome_) || absl::IsDeadlineExceeded(outcome_);
        if (!refreshing_ && !gave_up) co_return outcome_;
    }
    const Nanos now = clock_.Steady();
    if (refreshed_ && now - *refreshed_ < kMinRefresh.count()) co_return OkStatus();
    refreshing_ = true;
    outcome_ = absl::CancelledError("listing instruments was given up");
    struct Done {
        Instruments& self;
        ~Done() { self.refreshing_ = false, self.refresh_done_.NotifyAll(); }
    } done{*this};
    outcome_ = co_await Load(deadline);
    co_return outcome_;
}

Task<Status> Instruments::Load(Deadline deadline) {
    pb::ListInstrumentsRequest request;
    do {
        Result<pb::ListInstrumentsResponse> page = co_await loader_(request, deadline);
        if (!page.ok()) co_return page.status();
        for (const pb::InstrumentEntry& entry : page->instruments()) {
            if (auto instrument = wire::FromProto(entry.instrument()); instrument.ok())
                Add(*instrument);
        }
        request.set_cursor(page->next_cursor());
    } while (!request.cursor().empty());
    refreshed_ = clock_.Steady();
    co_return OkStatus();
}

Task<Status> Instruments::Resolve(pb::Instrument& instrument, Deadline deadline) {
    if (instrument.exchange().empty())
        co_return absl::InvalidArgumentError("exchange: is required");
    if (instrument.symbol().empty()) co_return absl::InvalidArgumentError("symbol: is required");
    Found found = Find(instrument);
    if (found.empty()) {
        MP_CO_RETURN_IF_ERROR(co_await Refresh(deadline));
        found = Find(instrument);
    }
    if (found.empty()) {
        co_return absl::NotFoundError(
            "unknown instrument " + NameOf(instrument) + " (see /api/v1/instruments)"
        );
    }
    if (found.size() > 1) {
        co_return absl::InvalidArgumentError(
            "market: is needed, " + instrument.symbol() + " exists in several"
        );
    }
    wire::ToProto(*found.front(), instrument);
    co_return OkStatus();
}

}  // namespace mp::gateway
