#pragma once
// Completeness that only an unbroken connection speaks for: a stream comes in order, so everything
// before its newest event has been seen, and a quiet stream is complete as far as the connection's
// other streams show that the venue's time has passed. Pure.

#include <string_view>

#include "collector/coverage/finding.hpp"

namespace mp::collector {

class ConnectionProof {
  public:
    struct Options {
        bool by_receipt = false;   // the series stands in the order of our receive times
        bool records_gaps = true;  // false where numbers tell better what is missing
        // No two events share an instant: where one is seen, its instant is.
        bool one_an_instant = false;
        // The events of one instant come within so long of each other.
        Nanos settle = 0;
    };
    explicit ConnectionProof(Options options) : options_(options) {}

    // The stream is subscribed and flows from now on; nothing while it already does.
    void Start(Nanos received_ts, Nanos steady);
    void OnEvent(Nanos order_ts, Nanos steady, Findings& out);
    // Where the proof begins with this event as the first one: at its instant where that is whole,
    // behind it where others of it may have come before the stream flowed.
    Nanos BeginsAt(Nanos order_ts, Nanos steady) const;
    // While live: an event here shows that everything before has been seen.
    void ProveTo(Nanos order_ts, Findings& out) { ClaimTo(order_ts, 0, out); }
    // The connection broke, or fell silent. Claims what it still proves, then a gap begins.
    void Break(
        std::string_view reason,
        const Watermark& mark,
        Nanos steady,
        Nanos not_before,
        Findings& out
    );
    // What came since the last claim is not to be had.
    void Lose(std::string_view reason);

    // Claims what has been proven since the last call, from `not_before` on.
    void Collect(const Watermark& mark, Nanos steady, Nanos not_before, Findings& out);

    bool flowing() const { return phase_ != Phase::kIdle; }
    bool live() const { return phase_ == Phase::kLive; }
    // Where the next claim begins, while live.
    Nanos claimed_to() const { return from_; }

  private:
    enum class Phase : uint8_t {
        kIdle,      // no connection
        kStarting,  // it flows, but from which instant on is not known yet
        kLive,
    };

    void Go(Nanos at, Findings& out);
    Nanos Seen(const Watermark& mark, Nanos steady) const;
    void ClaimTo(Nanos to, Nanos not_before, Findings& out);

    Options options_;
    Phase phase_ = Phase::kIdle;
    Nanos start_received_ = 0;
    Nanos start_steady_ = 0;
    Nanos from_ = 0;        // where the next claim, or the open gap, begins
    Nanos not_before_ = 0;  // where a claim may begin
    Nanos last_ts_ = 0;
    Nanos last_steady_ = 0;
    std::string_view lost_;  // not empty: a gap is open from from_ on
};

}  // namespace mp::collector
