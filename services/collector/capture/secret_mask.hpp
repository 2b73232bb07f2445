#pragma once
// Takes what must stay secret out of a message before it is written down: every character of it
// becomes an 'x', so that the message keeps its length and its shape. Pure but for its buffer; not
// thread-safe.

#include <string>
#include <string_view>
#include <vector>

#include "collector/venues/venue.hpp"
#include "collector/venues/venue_config.hpp"

namespace mp::collector {

class SecretMask {
  public:
    // Hides nothing.
    SecretMask() = default;
    // `members`: JSON members whose values are secret, wherever they stand, in messages that are
    // cut or broken too. `texts`: secrets themselves.
    SecretMask(const std::vector<std::string>& members, std::vector<std::string> texts);

    // The message itself where nothing in it is secret; else a copy that lives until the next call.
    std::string_view Of(std::string_view message);

  private:
    void Hide(std::string_view message, size_t from, size_t to);
    void HideValue(std::string_view message, size_t at);

    std::vector<std::string> names_;  // with their quotes
    std::vector<std::string> texts_;
    std::string masked_;
    bool any_ = false;
};

// What a venue and its client must not tell; nothing where nobody logs in.
SecretMask SecretsOf(const VenueConfig& config, const Venue& venue);

}  // namespace mp::collector
