#include "collector/feed/listings.hpp"

#include <chrono>
#include <deque>
#include <iterator>
#include <utility>

#include "collector/venues/universe.hpp"
#include "reliability/error_class.hpp"

namespace mp::collector {

using namespace std::chrono_literals;

Listings::Listings(
    const Venue& venue,
    RestClient& rest,
    const CollectorMetrics& metrics,
    std::string exchange,
    telemetry::Logger log
)
    : venue_(venue),
      rest_(rest),
      metrics_(metrics),
      exchange_(std::move(exchange)),
      log_(std::move(log)) {}

Task<Status> Listings::Load() {
    trouble_ = co_await Ask();
    co_return trouble_;
}

Task<Status> Listings::Ask() {
    std::vector<Listing> listings;
    std::deque<RestCall> calls;
    Nanos received_ts = 0;
    for (RestCall& call : venue_.ListingCalls()) calls.push_back(std::move(call));
    while (!calls.empty()) {
        const RestCall call = std::move(calls.front());
        calls.pop_front();
        const auto answer = co_await rest_.Get(call, Deadline::After(1min));
        if (!answer.ok()) co_return answer.status();
        auto page = venue_.ParseListings(answer->body);
        if (!page.ok()) {
            metrics_.Failed(exchange_, reliability::ErrorClass::kData);
            co_return page.status();
        }
        received_ts = answer->received_ts;
        std::move(page->listings.begin(), page->listings.end(), std::back_inserter(listings));
        std::move(page->next.begin(), page->next.end(), std::front_inserter(calls));
    }
    if (listings.empty() && !all_.empty()) {
        co_return absl::DataLossError("an empty list of instruments");
    }
    ReportClashes(ResolveClashes(listings));
    all_ = std::move(listings);
    received_ts_ = received_ts;
    known_ = true;
    co_return OkStatus();
}

void Listings::ReportClashes(const std::vector<std::string>& symbols) {
    for (const std::string& symbol : symbols) {
        if (!clashes_.insert(symbol).second) continue;
        log_.Warn("two instruments share a canonical symbol", {{"venue_symbol", symbol}});
    }
}

void Listings::KeepMissing(std::span<const Listing> collected, Nanos steady) {
    const bool believed = missing_.doubt().ok();
    std::vector<Listing> kept = missing_.Kept(all_, collected, steady);
    std::move(kept.begin(), kept.end(), std::back_inserter(all_));
    if (missing_.doubt().ok()) return;
    metrics_.Failed(exchange_, reliability::ErrorClass::kData);
    if (believed) log_.Warn("a list is not believed", {{"reason", missing_.doubt()}});
}

const Listing* Listings::Find(const std::string& symbol) const {
    for (const Listing& listing : all_) {
        const model::Instrument& name = listing.instrument;
        if (name.symbol == symbol || name.venue_symbol == symbol) return &listing;
    }
    return nullptr;
}

}  // namespace mp::collector
