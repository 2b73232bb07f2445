#pragma once
// Completeness proven by numbers: while each event continues the one before it, nothing is missing
// between the first and the last, however often the connection broke. Pure.
//
// Events of one instant may still be on their way when the newest one is seen, so the newest
// instant is vouched for only after a while without a further event.

#include <cstdint>
#include <optional>
#include <string_view>

#include "collector/coverage/finding.hpp"
#include "collector/venues/frame_parser.hpp"

namespace mp::collector {

// Where an event stands to those of its series that are known, by its numbers.
enum class ChainPlace : uint8_t {
    kUnknown,  // there is nothing that it could be compared with
    kRepeat,   // known already
    kNext,
    kAhead,  // what lies between is not known
};

class ChainProof {
  public:
    ChainPlace PlaceOf(const ChainLink& link) const;
    // The first event proves nothing of what came before it: the proof begins at `from`.
    void Begin(Nanos order_ts, const ChainLink& link, Nanos from, Nanos steady, Findings& out);
    bool begun() const { return begun_; }
    // Of the newest event; 0 before the first one.
    uint64_t last_id() const { return last_id_; }
    // A further one. `steady`: when it was received. `reason`: what a jump here would be blamed on.
    void OnEvent(
        Nanos order_ts, const ChainLink& link, Nanos steady, std::string_view reason, Findings& out
    );

    // What came since the last claim is not to be had: the claim ends there and a gap begins.
    void Lose(std::string_view reason);

    // The events can no longer be vouched for, though they may come: claims what was proven, then a
    // gap begins. It ends where Begin says that everything is known again; there is none where
    // Resumes tells that this is the number at which it began.
    void Interrupt(std::string_view reason, Findings& out);
    bool Resumes(const ChainLink& link, Nanos steady);

    // The stream broke off: what else belonged to the newest instant may never come.
    void Break() { last_steady_ = INT64_MAX; }

    // Claims what has been proven since the last call. `settle`: how long the newest instant waits.
    void Collect(Nanos steady, Nanos settle, Findings& out);

    // Everything before this has been decided: claimed, or a gap. 0 before the first event.
    Nanos decided_to() const { return from_; }

  private:
    bool Renumbers(const ChainLink& link) const;
    void Jump(Nanos order_ts, const ChainLink& link, std::string_view reason, Findings& out);
    void Advance(Nanos order_ts, const ChainLink& link, Nanos steady);
    void ClaimTo(Nanos to, uint64_t to_id, Findings& out);

    bool begun_ = false;
    uint64_t last_id_ = 0;
    uint64_t earlier_id_ = 0;  // the last one of an earlier instant than last_ts_
    Nanos last_ts_ = 0;
    Nanos last_steady_ = 0;
    Nanos from_ = 0;  // where the next claim begins
    uint64_t from_id_ = 0;
    std::string_view lost_;  // not empty: a gap is open from from_ on
};

}  // namespace mp::collector
