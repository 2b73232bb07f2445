#include "exchange-sim/okx/checksum.hpp"

#include <boost/crc.hpp>

namespace mp::sim::okx {

std::int32_t Checksum(const std::vector<TextLevel>& bids, const std::vector<TextLevel>& asks) {
    constexpr std::size_t kDepth = 25;
    std::string text;
    const auto add = [&text](const std::vector<TextLevel>& side, std::size_t index) {
        if (index >= side.size()) return;
        if (!text.empty()) text += ':';
        text += side[index].first;
        text += ':';
        text += side[index].second;
    };
    for (std::size_t i = 0; i < kDepth; ++i) {
        add(bids, i);
        add(asks, i);
    }
    boost::crc_32_type crc;
    crc.process_bytes(text.data(), text.size());
    return static_cast<std::int32_t>(crc.checksum());
}

}  // namespace mp::sim::okx
