#include "collector/repair/poller.hpp"

#include <utility>

#include "collector/repair/historian.hpp"
#include "runtime/all_of.hpp"
#include "wire/convert.hpp"

namespace mp::collector {
namespace {

constexpr int kAtATime = 4;

}  // namespace

void Poller::Add(Feed& feed) {
    for (Listing& listing : feed.Collecting(type_)) {
        const History* history = feed.venue().history();
        if (history == nullptr || history->PollCalls(listing.instrument, type_).empty()) continue;
        questions_.push_back({&feed, std::move(listing)});
    }
}

Task<Status> Poller::Run(marketprism::v1::PollResponse& response) {
    response.set_instruments(static_cast<uint32_t>(questions_.size()));
    std::vector<Task<Status>> asking;
    asking.reserve(kAtATime);
    for (int i = 0; i < kAtATime; ++i) asking.push_back(Ask(response));
    co_return co_await runtime::AllOf(std::move(asking));
}

Task<Status> Poller::Ask(marketprism::v1::PollResponse& response) {
    while (next_ < questions_.size()) {
        Question& question = questions_[next_++];
        Historian historian(question.feed->venue(), question.feed->rest(), output_);
        const auto events = co_await historian.Poll(question.listing, type_, period_, deadline_);
        if (events.ok()) {
            response.set_events(response.events() + *events);
            continue;
        }
        auto& failure = *response.add_failures();
        wire::ToProto(question.listing.instrument, *failure.mutable_instrument());
        failure.set_error(events.status().ToString());
    }
    co_return OkStatus();
}

}  // namespace mp::collector
