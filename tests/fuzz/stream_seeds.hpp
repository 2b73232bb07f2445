#pragma once
// What frame targets begin with beside their own seeds: messages of every stream of an exchange.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "collector/venues/test/stream_samples.hpp"

namespace mp::fuzz {

// run.sh allows no longer inputs.
inline constexpr size_t kLongestSeed = 4096;

// `symbol`: the only one that the target knows.
inline std::vector<std::string> WithStreamSeeds(
    std::vector<std::string> seeds, std::string_view exchange, std::string_view symbol
) {
    for (const auto& samples : collector::testing::AllStreamSamples()) {
        if (samples.exchange != exchange) continue;
        for (std::string frame : samples.frames) {
            for (size_t at = 0; (at = frame.find(samples.symbol, at)) != std::string::npos;) {
                frame.replace(at, samples.symbol.size(), symbol);
                at += symbol.size();
            }
            const bool known = std::find(seeds.begin(), seeds.end(), frame) != seeds.end();
            if (!known && frame.size() <= kLongestSeed) seeds.push_back(std::move(frame));
        }
    }
    return seeds;
}

}  // namespace mp::fuzz
