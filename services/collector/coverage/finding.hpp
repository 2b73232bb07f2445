#pragma once
// What a tracker can vouch for, or knows to be missing, on one series' axis of order_ts. Half-open.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/event.hpp"

namespace mp::collector {

// Reasons of gaps, as they stand in coverage records.
namespace gap_reason {
inline constexpr std::string_view kSequenceGap = "sequence_gap";      // the venue's numbers jumped
inline constexpr std::string_view kSequenceReset = "sequence_reset";  // ... went back
inline constexpr std::string_view kChecksum =
    "checksum_mismatch";  // ... or best quotes did not fit
inline constexpr std::string_view kDisconnected = "disconnected";
inline constexpr std::string_view kSilence = "silence";  // connected, but nothing came
inline constexpr std::string_view kBadMessage = "bad_message";
inline constexpr std::string_view kSpoolFull = "spool_full";
inline constexpr std::string_view kUnpublishable = "unpublishable";  // never taken by the broker
// ... and why a gap is beyond repair.
inline constexpr std::string_view kNotOffered = "not_offered";  // the venue tells no past of it
inline constexpr std::string_view kExpired = "expired";         // ... not that far back
inline constexpr std::string_view kVenueGap = "venue_gap";      // ... but has a hole itself
inline constexpr std::string_view kRefused = "refused";         // ... and does not know the request
inline constexpr std::string_view kSettledOnly = "settled_only";  // ... but the settled values
}  // namespace gap_reason

struct Finding {
    model::CoverageBasis basis = model::CoverageBasis::kConnection;
    model::CoverageState state = model::CoverageState::kComplete;
    Nanos from = 0;
    Nanos to = 0;
    std::optional<uint64_t> from_id;
    std::optional<uint64_t> to_id;
    std::string_view reason;  // of a gap: one of the above
    std::optional<uint64_t> missing;
};

using Findings = std::vector<Finding>;

// How far one connection has come. Times of a venue's clock are those seen on this very connection.
struct Watermark {
    Nanos seen_slack_ago = 0;     // newest venue time, as it stood a while ago; 0: none yet
    Nanos seen_slack_ago_at = 0;  // steady time at which it stood so
    Nanos last_received = 0;      // of the last socket read
};

}  // namespace mp::collector
