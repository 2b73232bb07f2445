#include "storage/engines/records.hpp"

#include "base/big_endian.hpp"

namespace mp::storage::records {
namespace {

void AppendText(std::string_view text, std::string& out) {
    AppendBigEndian(static_cast<uint32_t>(text.size()), out);
    out += text;
}

// Reads values front to back; `ok` turns false once something is missing.
struct Reader {
    std::string_view rest;
    bool ok = true;

    std::string_view Take(size_t size) {
        if (rest.size() < size) {
            ok = false;
            rest = {};
            return {};
        }
        const std::string_view taken = rest.substr(0, size);
        rest.remove_prefix(size);
        return taken;
    }
    uint32_t Number32() {
        const std::string_view bytes = Take(4);
        return ok ? ReadBigEndian32(bytes) : 0;
    }
    uint64_t Number64() {
        const std::string_view bytes = Take(8);
        return ok ? ReadBigEndian64(bytes) : 0;
    }
    Nanos Time() {
        const std::string_view bytes = Take(8);
        return ok ? ReadSortable(bytes) : 0;
    }
    std::string Text() { return std::string(Take(Number32())); }
};

Status Damaged(std::string_view what) {
    return absl::DataLossError("stored " + std::string(what) + " does not parse");
}

}  // namespace

std::string EncodeSeries(const model::Series& series) {
    std::string value;
    value += static_cast<char>(series.data_type);
    value += static_cast<char>(series.instrument.market);
    AppendText(series.instrument.exchange, value);
    AppendText(series.instrument.symbol, value);
    AppendText(series.instrument.venue_symbol, value);
    return value;
}

Result<model::Series> DecodeSeries(std::string_view value) {
    Reader reader{value};
    const std::string_view enums = reader.Take(2);
    model::Series series;
    series.instrument.exchange = reader.Text();
    series.instrument.symbol = reader.Text();
    series.instrument.venue_symbol = reader.Text();
    if (!reader.ok) return Damaged("series");
    series.data_type = static_cast<model::DataType>(enums[0]);
    series.instrument.market = static_cast<model::Market>(enums[1]);
    return series;
}

std::string EncodeCounters(const Counters& counters) {
    std::string value;
    AppendBigEndian(counters.events, value);
    AppendBigEndian(counters.losses_seen, value);
    AppendSortable(counters.trusted_from, value);
    return value;
}

Result<Counters> DecodeCounters(std::string_view value) {
    Reader reader{value};
    Counters counters;
    counters.events = reader.Number64();
    counters.losses_seen = reader.Number32();
    counters.trusted_from = reader.Time();
    if (!reader.ok) return Damaged("counters");
    return counters;
}

std::string EncodePosition(const StreamPosition& position) {
    std::string value;
    AppendSortable(position.incarnation, value);
    AppendBigEndian(position.floor, value);
    for (const auto& [first, last] : position.beyond) {
        AppendBigEndian(first, value);
        AppendBigEndian(last, value);
    }
    return value;
}

Result<StreamPosition> DecodePosition(std::string_view value) {
    Reader reader{value};
    StreamPosition position;
    position.incarnation = reader.Time();
    position.floor = reader.Number64();
    while (reader.ok && !reader.rest.empty()) {
        const uint64_t first = reader.Number64();
        position.beyond.emplace_back(first, reader.Number64());
    }
    if (!reader.ok) return Damaged("position");
    return position;
}

std::string EncodeTexts(const std::vector<std::string>& texts) {
    std::string value;
    for (const std::string& text : texts) AppendText(text, value);
    return value;
}

Result<std::vector<std::string>> DecodeTexts(std::string_view value) {
    Reader reader{value};
    std::vector<std::string> texts;
    while (reader.ok && !reader.rest.empty()) texts.push_back(reader.Text());
    if (!reader.ok) return Damaged("texts");
    return texts;
}

}  // namespace mp::storage::records
