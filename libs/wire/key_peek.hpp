#pragma once
// What a store needs of an encoded event without decoding it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "base/time.hpp"
#include "model/instrument.hpp"

namespace mp::wire {

struct EventKey {
    Nanos order_ts = 0;
    Nanos received_ts = 0;
    std::optional<Nanos> exchange_ts;
    uint64_t sequence = 0;
    bool found_by_identity = false;  // model::FoundByIdentity
};

// Reads the parts of model::AppendKey and appends the identity to `identity`: equal to what the
// decoded event gives. Levels are decoded only where the identity is the content. InvalidArgument
// where the event is malformed in what is read, or is not of `type`; `identity` is then
// unspecified. What is not read is not checked: who must not keep a malformed event decodes it.
Status PeekKey(std::string_view event, model::DataType type, EventKey& key, std::string& identity);

// What kind of event it is, by its body; kUnspecified where it has none or is malformed in what is
// read.
model::DataType PeekType(std::string_view event);

// The bytes of the body: equal for equal contents, whoever received them and when. Empty where
// there is none (or an empty one).
std::string_view BodyOf(std::string_view event);

}  // namespace mp::wire
