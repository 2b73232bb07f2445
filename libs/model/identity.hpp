#pragma once
// Which events are the same, and in which order a series runs: the frozen table of event.proto as
// bytes.
//
// All bytes sort the way the table says (memcmp order): numbers big-endian, text last. They are
// what stores use as keys, so nothing here may ever change (golden values in identity_test.cpp).
// The event time of the table is order_ts. Where that is our receive time (OrderedByReceipt),
// "event time" is 8 bytes of zeros and the content, so that no identity depends on who received an
// event and when. All functions are pure and thread-safe.

#include <cstdint>
#include <string>

#include "model/event.hpp"

namespace mp::model {

// Appends the identity inside the event's series. Layouts (numbers of bytes, + means text to the
// end):
//   trade          id_space 1, kind 1 (0 number, 1 text), number 8 | text +
//   book_delta     epoch 8, first 8, last 8, part 4; without ids also event time 8, content 8
//   book_snapshot  origin 1, epoch 8, last 8, part 4; without id also event time 8, content 8
//   bbo            1, update_id 8 | 0, event time 8, content 8
//   ticker, open_interest, mark_price   event time 8
//   kline          open_time 8, event time 8, interval +
//   funding_rate   next_funding_time 8 (absent: 0), event time 8
//   liquidation    1, liquidation_id + | 0, event time 8, content 8
//   instrument     content 8
//   coverage       data_type 1, basis 1, state 1, from_ts 8, source +
// Without a venue time, where the table has one: event time 8 is zeros 8, content 8 (once).
void AppendIdentity(const Event& event, std::string& out);

// The order inside an instant: a trade's `sequence`, 0 for every other type.
uint64_t SequenceOf(const Event& event);

// Appends [order_ts 8, sortable][sequence 8][identity]: the place of the event in its series.
void AppendKey(const Event& event, std::string& out);
// The same from parts, for who peeks at encoded events.
void AppendKey(Nanos order_ts, uint64_t sequence, std::string_view identity, std::string& out);

// The identity as people read it (`id` in JSON): "3735683259", "a:18938405" (AGGREGATE), "100-120",
// "2:100-120" (epoch 2), "100-120.1" (part 1), "d:5000" (derived snapshot), "c:<time>-<hash>"
// (content), "1m-<open time>-c:<hash>" (content in place of a time).
std::string IdentityText(const Event& event);
void AppendIdentityText(const Event& event, std::string& out);

// FNV-1a 64 over the body's fields that are present and not default, and the ordinal. Frozen.
uint64_t ContentHash(const Event& event);

// True where the identity contains ContentHash, so that it cannot be had without the whole body.
bool IdentityNeedsContent(const Event& event);

// True where the venue gave no time and the event stands in its series by our receive time.
bool OrderedByReceipt(const Event& event);

// True where a repeat may have another key, so that a store finds it by identity alone: what is
// ordered by receipt, except an instrument's metadata, whose states come back (trading, halted,
// trading). Each observation of those is kept; what repeats its predecessor is passed over when
// the series is read (ADR 0062).
bool FoundByIdentity(const Event& event);

}  // namespace mp::model
