#include "collector/feed/missing.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mp::collector {
namespace {

// More than so many, and than this part of all, are many.
constexpr size_t kFew = 3;
constexpr size_t kPart = 10;
constexpr Nanos kHeld = 600 * kSecond;

}  // namespace

std::vector<Listing> Missing::Kept(
    std::span<const Listing> list, std::span<const Listing> collected, Nanos now
) {
    std::set<std::string> listed;
    for (const Listing& listing : list) listed.insert(listing.instrument.symbol);
    std::vector<Listing> kept;
    std::copy_if(
        collected.begin(),
        collected.end(),
        std::back_inserter(kept),
        [&listed](const Listing& listing) { return !listed.contains(listing.instrument.symbol); }
    );
    Judge(kept.size(), collected.size(), now);
    if (doubt_.ok()) {
        std::erase_if(kept, [this](const Listing& listing) {
            return missing_.contains(listing.instrument.symbol);
        });
    }
    missing_.clear();
    for (const Listing& listing : kept) missing_.insert(listing.instrument.symbol);
    return kept;
}

void Missing::Judge(size_t missing, size_t collected, Nanos now) {
    doubt_ = OkStatus();
    if (missing <= kFew || missing * kPart <= collected) {
        many_since_.reset();
        return;
    }
    if (!many_since_) many_since_ = now;
    if (now - *many_since_ >= kHeld) return;
    doubt_ = absl::DataLossError(fmt::format(
        "{} of {} instruments are missing in the venue's list; they are kept until that has held "
        "for 10 minutes",
        missing,
        collected
    ));
}

}  // namespace mp::collector
