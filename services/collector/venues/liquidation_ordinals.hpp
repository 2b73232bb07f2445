#pragma once
// Venues that give liquidations no ids may write equal ones into one message: they are told apart
// by their number among equals.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "collector/venues/frame_parser.hpp"

namespace mp::collector {

class LiquidationOrdinals {
  public:
    LiquidationOrdinals() { seen_.reserve(64); }

    // A message begins.
    void Begin() noexcept { seen_.clear(); }

    // How many equal ones the message held before this one.
    uint32_t Next(InstrumentId instrument, Nanos time, const model::Liquidation& body) noexcept {
        const Order order{instrument, time, body};
        const auto equals = std::count(seen_.begin(), seen_.end(), order);
        seen_.push_back(order);
        return static_cast<uint32_t>(equals);
    }

  private:
    struct Order {
        InstrumentId instrument;
        Nanos time;
        model::Liquidation body;

        friend bool operator==(const Order&, const Order&) = default;
    };

    std::vector<Order> seen_;
};

}  // namespace mp::collector
