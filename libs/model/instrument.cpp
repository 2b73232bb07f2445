#include "model/instrument.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <tuple>

#include "base/hash.hpp"

namespace mp::model {
namespace {

constexpr std::array<std::string_view, 5> kMarkets{
    "unspecified", "spot", "linear", "inverse", "option"};

constexpr std::array<std::string_view, kDataTypes + 1> kTypes{
    "unspecified",
    "trade",
    "book_delta",
    "book_snapshot",
    "bbo",
    "ticker",
    "kline",
    "funding_rate",
    "open_interest",
    "liquidation",
    "mark_price",
    "instrument",
    "coverage"};

template <typename Enum, size_t N>
std::string_view Name(const std::array<std::string_view, N>& names, Enum value) {
    const auto index = static_cast<size_t>(value);
    return names[index < N ? index : 0];
}

template <typename Enum, size_t N>
std::optional<Enum> Find(const std::array<std::string_view, N>& names, std::string_view text) {
    for (size_t i = 1; i < N; ++i) {
        if (names[i] == text) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

// Cuts `text` at the first `separator`; the part before it.
std::optional<std::string_view> CutPart(std::string_view& text, char separator) {
    const size_t end = text.find(separator);
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end + 1);
    return part;
}

size_t Mix(size_t seed, size_t hash) {
    return seed ^ (hash + 0x9e3779b97f4a7c15ull + (seed << 6) + (seed >> 2));
}

}  // namespace

std::string_view ToString(Market market) {
    return Name(kMarkets, market);
}
std::string_view ToString(DataType type) {
    return Name(kTypes, type);
}

std::optional<Market> ParseMarket(std::string_view text) {
    return Find<Market>(kMarkets, text);
}
std::optional<DataType> ParseDataType(std::string_view text) {
    return Find<DataType>(kTypes, text);
}

bool operator<(const Instrument& a, const Instrument& b) {
    return std::tie(a.exchange, a.market, a.symbol) < std::tie(b.exchange, b.market, b.symbol);
}

void AppendInstrumentKey(const Instrument& instrument, std::string& out) {
    out += instrument.exchange;
    out += '|';
    out += ToString(instrument.market);
    out += '|';
    out += instrument.symbol;
}

std::string InstrumentKey(const Instrument& instrument) {
    std::string key;
    AppendInstrumentKey(instrument, key);
    return key;
}

std::optional<Instrument> ParseInstrumentKey(std::string_view key) {
    const auto exchange = CutPart(key, '|');
    if (!exchange) return std::nullopt;
    const auto market_text = CutPart(key, '|');
    if (!market_text || key.empty()) return std::nullopt;
    const auto market = ParseMarket(*market_text);
    if (!market) return std::nullopt;
    return Instrument{std::string(*exchange), *market, std::string(key), {}};
}

uint32_t Shard(const Instrument& instrument, uint32_t shards) {
    uint64_t hash = Fnv1a(instrument.exchange);
    hash = Fnv1a("|", hash);
    hash = Fnv1a(ToString(instrument.market), hash);
    hash = Fnv1a("|", hash);
    hash = Fnv1a(instrument.symbol, hash);
    return static_cast<uint32_t>(hash % shards);
}

std::string Subject(const Instrument& instrument, DataType type, uint32_t shards) {
    std::string subject = "md.";
    subject += instrument.exchange;
    subject += '.';
    subject += ToString(instrument.market);
    subject += '.';
    subject += ToString(type);
    subject += '.';
    subject += std::to_string(Shard(instrument, shards));
    return subject;
}

std::string Subject(const Series& series, uint32_t shards) {
    return Subject(series.instrument, series.data_type, shards);
}

std::optional<SubjectParts> ParseSubject(std::string_view subject) {
    const auto prefix = CutPart(subject, '.');
    if (!prefix || *prefix != "md") return std::nullopt;
    const auto exchange = CutPart(subject, '.');
    if (!exchange) return std::nullopt;
    const auto market_text = CutPart(subject, '.');
    if (!market_text) return std::nullopt;
    const auto type_text = CutPart(subject, '.');
    if (!type_text) return std::nullopt;
    const auto market = ParseMarket(*market_text);
    const auto type = ParseDataType(*type_text);
    uint32_t shard = 0;
    const char* const end = subject.data() + subject.size();
    const auto [read, error] = std::from_chars(subject.data(), end, shard);
    if (!market || !type || error != std::errc{} || read != end) return std::nullopt;
    if (subject.size() > 1 && subject[0] == '0') return std::nullopt;
    return SubjectParts{*exchange, *market, *type, shard};
}

}  // namespace mp::model

size_t std::hash<mp::model::Instrument>::operator()(const mp::model::Instrument& instrument
) const noexcept {
    const std::hash<std::string_view> text;
    const size_t name = mp::model::Mix(text(instrument.symbol), text(instrument.exchange));
    return mp::model::Mix(name, static_cast<size_t>(instrument.market));
}

size_t std::hash<mp::model::Series>::operator()(const mp::model::Series& series) const noexcept {
    const size_t instrument = std::hash<mp::model::Instrument>{}(series.instrument);
    return mp::model::Mix(instrument, static_cast<size_t>(series.data_type));
}
