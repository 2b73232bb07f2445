// Rows of the RocksDB store that are no events. The first byte chooses which.
#include "fuzz.hpp"
#include "storage/engines/rocksdb/layout.hpp"

namespace mp::fuzz {
namespace {

namespace layout = storage::layout;

const storage::StreamPosition kPosition{5, 100, {{102, 110}, {120, 121}}};
const model::Series kSeries{
    {"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"}, model::DataType::kTrade};

// What decodes must decode to the same once encoded again.
template <typename Decode, typename Encode>
void RoundTrip(std::string_view bytes, Decode decode, Encode encode) {
    const auto value = decode(bytes);
    if (!value.ok()) return;
    const std::string once = encode(*value);
    const auto again = decode(once);
    Require(again.ok() && encode(*again) == once, "a row survives");
}

}  // namespace

std::vector<std::string> Seeds() {
    return {
        std::string("\0", 1) + layout::EncodeSeries(kSeries),
        "\1" + layout::EncodeCounters({7, 1, 99}),
        "\2" + layout::EncodePosition(kPosition),
        "\3" + layout::EncodeTexts({"a", "", "text"}),
    };
}

void Try(std::string_view bytes) {
    Input input(bytes);
    switch (input.Byte() % 4) {
        case 0:
            return RoundTrip(input.rest(), layout::DecodeSeries, layout::EncodeSeries);
        case 1:
            return RoundTrip(input.rest(), layout::DecodeCounters, layout::EncodeCounters);
        case 2:
            return RoundTrip(input.rest(), layout::DecodePosition, layout::EncodePosition);
        default:
            return RoundTrip(input.rest(), layout::DecodeTexts, layout::EncodeTexts);
    }
}

}  // namespace mp::fuzz
