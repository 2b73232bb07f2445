#pragma once
// Who used a spool before: whoever holds it now knows that the one before is dead, long before its
// entry in the registry expires. Files; one thread.

#include <filesystem>
#include <optional>
#include <string>

namespace mp::collector {

// The instance that wrote its name into the folder last, unless that was `self`; then writes
// `self`. Where the name cannot be kept, the next one does not know of this one: it waits for the
// entry to expire.
std::optional<std::string> TakeOverFrom(
    const std::filesystem::path& folder, const std::string& self
);

}  // namespace mp::collector
