#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "exchange-sim/market.hpp"
#include "exchange-sim/market_writer.hpp"
#include "exchange-sim/replay.hpp"

namespace mp::sim {

using MakeWriter = std::function<
    std::unique_ptr<MarketWriter>(Market&, MarketWriter::Wanted wanted, MarketWriter::Out out)>;

// What of a recording an exchange's folder knows.
struct RecordedForm {
    std::vector<std::string> symbols;  // of the market's symbols, in their order
    std::unique_ptr<RecordedBook> (*make_book)() = nullptr;
    // The REST answer with the whole book, where books begin so.
    std::function<std::string(std::uint32_t symbol)> rest_book;
    bool aggregate_trades = false;
};

// `count` messages of a market, made in advance: a recording like any other, for serving at full
// speed. A REST snapshot comes right behind the first delta of its book, where a client asks for it
// that waits for a delta, and one that does not; one that is streamed comes first of all.
Recording RecordMarket(
    Market& market, const MakeWriter& make, const RecordedForm& form, std::uint64_t count
);

}  // namespace mp::sim
