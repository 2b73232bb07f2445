#pragma once
// Sends a market to the broker as collectors do when all goes wrong: messages overtake each other,
// and one in eight comes twice, some time later.

#include <string>

#include "chaos-source/market.hpp"

namespace mp::chaos {

struct PublishOptions {
    uint64_t events = 0;
    uint64_t seed = 0;
    std::string url;        // of the broker
    double per_second = 0;  // messages; 0: as fast as it goes
};

// All of it, acknowledged by the broker. How many messages were sent; ends the program where the
// broker refuses.
uint64_t Publish(Market& market, const PublishOptions& options);

}  // namespace mp::chaos
