// Feed: what the connections give, and who vouches for it. While one connection takes over from
// another both carry everything. All of it is published; books and proofs follow the one that
// counts, and the other one where it continues what they know: which of two sockets is read first
// makes no gap.
#include <algorithm>

#include "collector/feed/feed.hpp"

namespace mp::collector {

void Feed::Publish(InstrumentId id, const model::Event& event) {
    CollectedSeries* series = instruments_[id].Of(model::TypeOf(event));
    if (series == nullptr) return;
    output_.lanes.Add(series->lane, series->id, *series->name, event);
    series->metrics.received.Add();
    ++series->messages;
    series->last_message = event.received_ts;
}

void Feed::OnEvent(
    Link& link, Session& session, InstrumentId id, const model::Event& event, const ChainLink* chain
) {
    const Nanos steady = session.burst_steady();
    burst_steady_ = steady;
    if (const auto* snapshot = std::get_if<model::BookSnapshot>(&event.body)) {
        // A book in step needs none of a connection that does not count.
        const BookKeeper* book = books_.Find(id);
        const bool in_step = book != nullptr && book->state() == BookKeeper::State::kSynced;
        if (in_step && !link.Counts(session)) return;
        // It came with the stream of updates: the book publishes it.
        books_.OnStreamSnapshot(id, *snapshot, event, chain);
        return TrackSeeded(id, event, chain, steady);
    }
    CollectedSeries* series = instruments_[id].Of(model::TypeOf(event));
    if (series == nullptr || series->link == nullptr) return;
    Publish(id, event);
    NoteReceived(*series, event, session);
    if (link.Counts(session)) {
        series->silent = false;
        if (chain != nullptr) Precede(*series, *chain);
    } else if (!ComesNext(*series, event, chain, steady)) {
        return;
    }
    Account(*series, event, chain, steady);
    if (!early_.empty()) FollowUp(*series);
}

// Both connections show that the stream lives.
void Feed::NoteReceived(
    const CollectedSeries& series, const model::Event& event, const Session& session
) {
    if (series.watch) {
        series.link->watchdog().OnMessage(*series.watch, session.burst_steady());
    } else {
        series.link->watchdog().OnHeartbeat(session.burst_steady());
    }
    if (event.exchange_ts) {
        smallest_offset_ = std::min(smallest_offset_, event.received_ts - *event.exchange_ts);
    }
    ++burst_events_;
    burst_last_ = &series;
}

void Feed::Account(
    CollectedSeries& series, const model::Event& event, const ChainLink* chain, Nanos steady
) {
    const InstrumentId id = series.instrument;
    if (const auto* delta = std::get_if<model::BookDelta>(&event.body)) {
        books_.OnDelta(id, *delta, event, chain);
        if (SeedsByStream()) return TrackSeeded(id, event, chain, steady);
    }
    series.tracker.OnEvent(event.order_ts, chain, steady);
    if (const auto* bbo = std::get_if<model::Bbo>(&event.body)) {
        books_.OnBbo(id, *bbo);
    }
}

bool Feed::SeedsByStream() const {
    return venue_->book_rule().seed() == BookSeed::kStream;
}

// Where a book gets its state from the stream, its updates are vouched for while the book stands.
void Feed::TrackSeeded(
    InstrumentId id, const model::Event& event, const ChainLink* chain, Nanos steady
) {
    CollectedSeries* series = instruments_[id].Of(model::DataType::kBookDelta);
    const BookKeeper* book = books_.Find(id);
    if (series == nullptr || series->link == nullptr || book == nullptr) return;
    SeriesTracker& tracker = series->tracker;
    if (book->state() != BookKeeper::State::kSynced) {
        tracker.Interrupt(book->contradicted() ? gap_reason::kChecksum : gap_reason::kSequenceGap);
    } else if (tracker.interrupted()) {
        tracker.Resume(event.order_ts, chain, event.received_ts, steady);
    } else if (std::holds_alternative<model::BookDelta>(event.body)) {
        tracker.OnEvent(event.order_ts, chain, steady);
    }
}

void Feed::OnSkipped(
    Link& link,
    Session& session,
    InstrumentId id,
    model::DataType type,
    Nanos order_ts,
    const ChainLink& chain
) {
    CollectedSeries* series = instruments_[id].Of(type);
    if (series == nullptr || series->link == nullptr) return;
    const Nanos steady = session.burst_steady();
    if (series->watch) link.watchdog().OnMessage(*series->watch, steady);
    model::Event nothing;
    nothing.order_ts = order_ts;
    if (link.Counts(session)) {
        Precede(*series, chain);
    } else if (!ComesNext(*series, nothing, &chain, steady)) {
        return;
    }
    series->tracker.OnEvent(order_ts, &chain, steady);
    if (!early_.empty()) FollowUp(*series);
}

// Of a connection that does not count: whether its event is what comes next in the series. One that
// lies ahead is kept; without numbers nobody can tell.
bool Feed::ComesNext(
    const CollectedSeries& series, const model::Event& event, const ChainLink* chain, Nanos steady
) {
    if (chain == nullptr) return false;
    const ChainPlace place = series.tracker.PlaceOf(*chain);
    if (place == ChainPlace::kAhead) {
        early_.Keep(series.id, *chain, event, steady, series.tracker.newest_number());
    }
    return place == ChainPlace::kNext;
}

void Feed::FollowUp(CollectedSeries& series, uint64_t before) {
    while (const EarlyEvent* first = early_.First(series.id)) {
        // The venue counts anew: what was kept has no place any more.
        if (series.tracker.newest_number() < first->after) return early_.Forget(series.id);
        const ChainPlace place = series.tracker.PlaceOf(first->link);
        if (place == ChainPlace::kAhead && first->link.last >= before) return;
        const EarlyEvent early = early_.Take(series.id);
        const bool known = place == ChainPlace::kRepeat || place == ChainPlace::kUnknown;
        if (!known) Account(series, early.event, &early.link, early.steady);
    }
}

// Where it jumps, the other one may have given some of what lies between.
void Feed::Precede(CollectedSeries& series, const ChainLink& chain) {
    if (early_.empty() || series.tracker.PlaceOf(chain) != ChainPlace::kAhead) return;
    FollowUp(series, chain.previous ? *chain.previous + 1 : chain.first);
}

// What the old connection did not give any more is not to be had.
void Feed::OnReplaced(Link& link) {
    ForEachOn(link, [this](CollectedSeries& series) { FollowUp(series, kAll); });
    output_.lanes.EndBurst();
}

// Its events are stored. What lies between comes on the connection that goes on, and they with it.
void Feed::OnReplacementGone(Link& link, std::string_view reason) {
    ForEachOn(link, [this](const CollectedSeries& series) { early_.Forget(series.id); });
    output_.metrics.SessionEnded(venue_config_.exchange, reason);
}

}  // namespace mp::collector
