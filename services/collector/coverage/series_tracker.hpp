#pragma once
// Coverage of one series: what numbers prove, and for the time since the newest event what the
// connection speaks for. Feed it everything that happens to the series; Collect gives what may be
// claimed once the data behind it is safe. Pure; not thread-safe.

#include <algorithm>
#include <string_view>

#include "collector/coverage/chain_proof.hpp"
#include "collector/coverage/connection_proof.hpp"
#include "collector/coverage/finding.hpp"

namespace mp::collector {

class SeriesTracker {
  public:
    struct Options {
        bool chained = false;     // events carry links
        bool by_receipt = false;  // order_ts is our receive time
        bool seeded = false;      // a state in the stream begins it, at first and after each break
        bool one_an_instant = false;  // no two events share one (ConnectionProof)
        // The events of one instant come within so long of each other: the newest one waits, and
        // the first one is whole where the stream has flowed for so long.
        Nanos settle = 100 * kMillisecond;
    };
    explicit SeriesTracker(Options options)
        : options_(options),
          connection_({options.by_receipt, !options.chained, options.one_an_instant, options.settle}
          ),
          interrupted_(options.seeded) {}

    void Start(Nanos received_ts, Nanos steady) {
        if (!interrupted_) connection_.Start(received_ts, steady);
    }
    void OnEvent(Nanos order_ts, const ChainLink* link, Nanos steady);
    // Where an event would stand that came on another connection than the one that counts.
    ChainPlace PlaceOf(const ChainLink& link) const {
        return interrupted_ || !options_.chained ? ChainPlace::kUnknown : chain_.PlaceOf(link);
    }
    // Of its newest event, where its events have numbers; falls where the venue counts anew.
    uint64_t newest_number() const { return chain_.last_id(); }
    // The connection broke, or a message of it was unreadable.
    void Break(std::string_view reason, const Watermark& mark, Nanos steady);
    // Of a seeded series: what comes cannot be vouched for, until Resume says from which event on
    // everything is known again.
    void Interrupt(std::string_view reason);
    void Resume(Nanos order_ts, const ChainLink* link, Nanos received_ts, Nanos steady);
    bool interrupted() const { return interrupted_; }
    // Events that were handed over since the last Collect were dropped.
    void Lose(std::string_view reason);

    // Appends what is new.
    void Collect(const Watermark& mark, Nanos steady, Findings& out);

    // Gaps found so far.
    uint64_t gaps() const { return gaps_; }
    bool flowing() const { return connection_.flowing(); }
    // Flows, and from which instant on is known.
    bool claiming() const { return connection_.live(); }
    // Everything before this, back to where claiming began or a gap ended, has been claimed.
    Nanos claimed_to() const { return std::max(chain_.decided_to(), connection_.claimed_to()); }

  private:
    void BeginChain(Nanos order_ts, const ChainLink& link, Nanos steady);

    Options options_;
    ChainProof chain_;
    ConnectionProof connection_;
    bool interrupted_;
    std::string_view break_reason_;  // since the last event
    Findings pending_;
    uint64_t gaps_ = 0;
};

}  // namespace mp::collector
