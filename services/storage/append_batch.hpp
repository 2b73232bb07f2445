#pragma once
// What one commit writes: events, coverage claims, the position in the stream and small notes.
//
// Reused: buffers keep their memory. Event bytes and the texts of claims are views that must
// outlive the Append that gets the batch. Not thread-safe.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"
#include "model/interval_set.hpp"

namespace mp::storage {

// A series' number inside one engine, from 1.
using SeriesId = uint32_t;

// How far the stream is committed.
struct StreamPosition {
    Nanos incarnation = 0;  // bus::StreamInfo::created
    uint64_t floor = 0;     // everything up to this sequence is committed
    // Committed beyond the floor, ascending, inclusive.
    std::vector<std::pair<uint64_t, uint64_t>> beyond;

    friend bool operator==(const StreamPosition&, const StreamPosition&) = default;
};

// A small record of the ingest's own.
struct Note {
    std::string key;
    std::string value;  // empty: removes the note

    friend bool operator==(const Note&, const Note&) = default;
};

class AppendBatch {
  public:
    struct Entry {
        SeriesId series = 0;
        bool by_identity = false;  // found by identity, not by key (model::FoundByIdentity)
        uint32_t key_offset = 0;
        uint32_t key_size = 0;
        Nanos order_ts = 0;
        Nanos received_ts = 0;
        std::string_view event;
    };
    struct Claim {
        SeriesId series = 0;   // the instrument's coverage series
        SeriesId subject = 0;  // the series that the claim is about
        Nanos received_ts = 0;
        model::Coverage coverage;
    };

    // Bytes of order_ts and sequence in front of the identity in a key.
    static constexpr size_t kIdentityOffset = 16;

    // `bytes` are those of `event`, which is no coverage claim.
    void Add(SeriesId series, const model::Event& event, std::string_view bytes);
    void AddClaim(
        SeriesId coverage_series, SeriesId subject, Nanos received_ts, const model::Coverage& claim
    );
    void AddNote(std::string key, std::string value);
    void SetPosition(StreamPosition position) { position_ = std::move(position); }

    void Clear();
    // No events and no claims.
    bool empty() const { return entries_.empty() && claims_.empty(); }

    std::span<const Entry> entries() const { return entries_; }
    std::span<const Claim> claims() const { return claims_; }
    std::span<const Note> notes() const { return notes_; }
    const std::optional<StreamPosition>& position() const { return position_; }
    size_t event_bytes() const { return event_bytes_; }

    std::string_view KeyOf(const Entry& entry) const {
        return std::string_view(keys_).substr(entry.key_offset, entry.key_size);
    }
    std::string_view IdentityOf(const Entry& entry) const {
        return KeyOf(entry).substr(kIdentityOffset);
    }

  private:
    std::string keys_;
    std::vector<Entry> entries_;
    std::vector<Claim> claims_;
    std::vector<Note> notes_;
    std::optional<StreamPosition> position_;
    size_t event_bytes_ = 0;
};

}  // namespace mp::storage
