// Rows of the RocksDB store that are no events, and blocks of trades. The first byte chooses which.
#include "fuzz.hpp"
#include "storage/engines/records.hpp"
#include "storage/engines/rocksdb/trade_block.hpp"
#include "wire/event_codec.hpp"

namespace mp::fuzz {
namespace {

namespace records = storage::records;

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

std::string Pack(const storage::EventRows& rows) {
    storage::TradeBlockWriter writer;
    wire::EventDecoder decoder;
    model::Event event;
    for (size_t row = 0; row < rows.size(); ++row) {
        if (!decoder.Decode(rows.event(row), event).ok() || !writer.Add(event)) return {};
    }
    return writer.Finish("end");
}

// Trades that come out of a block come out of one that they are put into.
void Unpack(std::string_view bytes) {
    storage::EventRows rows, again;
    if (!storage::UnpackBlock(bytes, {}, rows).ok()) return;
    const std::string block = Pack(rows);
    if (block.empty()) return;
    Require(storage::UnpackBlock(block, {}, again).ok() && again == rows, "trades survive");
}

std::string Block() {
    storage::TradeBlockWriter writer;
    model::Event event;
    for (uint64_t id = 1; id < 4; ++id) {
        model::Trade trade;
        trade.price = {static_cast<int64_t>(100 + id), 2};
        trade.quantity = {5, 0};
        trade.base_quantity = Decimal{5, 3};
        trade.trade_id.number = trade.sequence = id;
        trade.first_fill_id = 2 * id;
        trade.last_fill_id = 2 * id + 1;
        event.order_ts = event.received_ts = static_cast<Nanos>(id);
        event.body = trade;
        writer.Add(event);
    }
    return writer.Finish("end");
}

}  // namespace

std::vector<std::string> Seeds() {
    return {
        std::string("\0", 1) + records::EncodeSeries(kSeries),
        "\1" + records::EncodeCounters({7, 1, 99}),
        "\2" + records::EncodePosition(kPosition),
        "\3" + records::EncodeTexts({"a", "", "text"}),
        "\4" + Block(),
    };
}

void Try(std::string_view bytes) {
    Input input(bytes);
    switch (input.Byte() % 5) {
        case 0:
            return RoundTrip(input.rest(), records::DecodeSeries, records::EncodeSeries);
        case 1:
            return RoundTrip(input.rest(), records::DecodeCounters, records::EncodeCounters);
        case 2:
            return RoundTrip(input.rest(), records::DecodePosition, records::EncodePosition);
        case 3:
            return RoundTrip(input.rest(), records::DecodeTexts, records::EncodeTexts);
        default:
            return Unpack(input.rest());
    }
}

}  // namespace mp::fuzz
