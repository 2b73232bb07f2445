#include "storage/export/export_order.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "storage/export/sha256.hpp"
#include "tasks/payload.hpp"

namespace mp::storage {
namespace {

using nlohmann::json;

constexpr uint32_t kRowsPerPart = 1'000'000;
constexpr size_t kLongestName = 100;
constexpr size_t kMostWishes = 10'000;

Status Wrong(const std::string& where, std::string_view why) {
    return absl::InvalidArgumentError(where + ": " + std::string(why));
}

// A member of a wish as text; `known` says what it may be.
template <class Value>
Status ReadWord(
    const json& value,
    const std::string& where,
    std::optional<Value> (*parse)(std::string_view),
    std::optional<Value>& out
) {
    if (value.is_string()) out = parse(value.get_ref<const std::string&>());
    return out ? OkStatus() : Wrong(where, "is none there is");
}

std::optional<std::string> AnyText(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return std::string(text);
}

Result<SeriesWish> ReadWish(const json& value, const std::string& where) {
    if (!value.is_object()) return Wrong(where, "must be an object");
    SeriesWish wish;
    for (const auto& [name, member] : value.items()) {
        const std::string place = where + "." + name;
        Status read = Wrong(place, "is not known here");
        if (name == "exchange") read = ReadWord(member, place, AnyText, wish.exchange);
        if (name == "symbol") read = ReadWord(member, place, AnyText, wish.symbol);
        if (name == "market") read = ReadWord(member, place, model::ParseMarket, wish.market);
        if (name == "data_type") {
            read = ReadWord(member, place, model::ParseDataType, wish.data_type);
        }
        if (!read.ok()) return read;
    }
    return wish;
}

Result<std::vector<SeriesWish>> ReadWishes(const json& value) {
    if (!value.is_array() || value.empty()) {
        return Wrong("series", R"(must be a list such as [{"symbol":"BTC-USDT"}])");
    }
    if (value.size() > kMostWishes) return Wrong("series", "must not be more than 10000");
    std::vector<SeriesWish> wishes;
    for (size_t i = 0; i < value.size(); ++i) {
        Result<SeriesWish> wish = ReadWish(value[i], "series[" + std::to_string(i) + "]");
        if (!wish.ok()) return wish.status();
        wishes.push_back(*std::move(wish));
    }
    return wishes;
}

Result<Nanos> ReadTime(const json& value, const std::string& where) {
    if (value.is_null()) return Wrong(where, "must be given");
    const bool text = value.is_string();
    const Result<Nanos> time = ParseTime(text ? value.get<std::string>() : value.dump());
    return time.ok() ? time : Annotate(time.status(), where);
}

Result<model::Interval> ReadInterval(const json& start, const json& end, Nanos now) {
    const Result<Nanos> from = ReadTime(start, "start");
    if (!from.ok()) return from.status();
    const Result<Nanos> to = ReadTime(end, "end");
    if (!to.ok()) return to.status();
    if (*to <= *from) return Wrong("end", "must lie behind start");
    if (*to > now) return Wrong("end", "has not come yet");
    return model::Interval{*from, *to};
}

Result<ExportFormat> ReadFormat(const std::string& name) {
    if (name == "csv") return ExportFormat::kCsv;
    if (name == "ndjson") return ExportFormat::kNdjson;
    if (name == "parquet") return ExportFormat::kParquet;
    return Wrong("format", "must be csv, ndjson or parquet");
}

Result<Compression> ReadCompression(const std::string& name) {
    if (name == "none") return Compression::kNone;
    if (name == "gz") return Compression::kGzip;
    if (name == "zst") return Compression::kZstd;
    return Wrong("compression", "must be none, gz or zst");
}

// One name of a folder, and none that leads elsewhere or is hidden.
Status CheckName(std::string_view name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    });
    if (plain && name.size() <= kLongestName && name[0] != '.') return OkStatus();
    return Wrong(
        "to", "must be one name of letters, digits, '.', '_' and '-', not beginning with a dot"
    );
}

json Shown(const SeriesWish& wish) {
    json shown = json::object();
    if (wish.exchange) shown["exchange"] = *wish.exchange;
    if (wish.market) shown["market"] = ToString(*wish.market);
    if (wish.symbol) shown["symbol"] = *wish.symbol;
    if (wish.data_type) shown["data_type"] = ToString(*wish.data_type);
    return shown;
}

std::string_view NameOf(Compression compression) {
    switch (compression) {
        case Compression::kGzip:
            return "gz";
        case Compression::kZstd:
            return "zst";
        case Compression::kNone:
            break;
    }
    return "none";
}

std::string_view NameOf(ExportFormat format) {
    switch (format) {
        case ExportFormat::kNdjson:
            return "ndjson";
        case ExportFormat::kParquet:
            return "parquet";
        case ExportFormat::kCsv:
            break;
    }
    return "csv";
}

std::string RequestOf(const ExportOrder& order) {
    json series = json::array();
    for (const SeriesWish& wish : order.series) series.push_back(Shown(wish));
    return json{
        {"series", series},
        {"start", FormatTime(order.time.from)},
        {"end", FormatTime(order.time.to)},
        {"format", NameOf(order.format)},
        {"compression", NameOf(order.compression)},
        {"rows_per_part", order.rows_per_part}}
        .dump();
}

json JsonOf(const std::string& text) {
    return text.empty() ? json() : json::parse(text);
}

}  // namespace

bool SeriesWish::Matches(const model::Series& series) const {
    const model::Instrument& instrument = series.instrument;
    if (exchange && *exchange != instrument.exchange) return false;
    if (market && *market != instrument.market) return false;
    if (symbol && *symbol != instrument.symbol && *symbol != instrument.venue_symbol) return false;
    // What is known about completeness is in the manifest; as rows only for who asks for them.
    if (!data_type) return series.data_type != model::DataType::kCoverage;
    return *data_type == series.data_type;
}

std::string ExportOrder::Extension() const {
    std::string extension = "." + std::string(NameOf(format));
    if (compression != Compression::kNone) extension.append(".").append(NameOf(compression));
    return extension;
}

Result<ExportOrder> ParseExportOrder(const std::string& payload, Nanos now) {
    auto told = tasks::Payload::Parse(payload);
    if (!told.ok()) return told.status();
    const json series = JsonOf(told->GetJson("series"));
    const json start = JsonOf(told->GetJson("start"));
    const json end = JsonOf(told->GetJson("end"));
    const std::string format = told->GetText("format", "csv");
    const std::string compression = told->GetText("compression", "none");
    ExportOrder order;
    order.rows_per_part = told->GetCount("rows_per_part", kRowsPerPart);
    order.folder = told->GetText("to", "");
    MP_RETURN_IF_ERROR(told->Finish());
    if (order.rows_per_part == 0) return Wrong("rows_per_part", "must not be 0");

    Result<std::vector<SeriesWish>> wishes = ReadWishes(series);
    if (!wishes.ok()) return wishes.status();
    order.series = *std::move(wishes);
    const Result<model::Interval> time = ReadInterval(start, end, now);
    if (!time.ok()) return time.status();
    order.time = *time;
    const Result<ExportFormat> files = ReadFormat(format);
    if (!files.ok()) return files.status();
    order.format = *files;
    const Result<Compression> packed = ReadCompression(compression);
    if (!packed.ok()) return packed.status();
    order.compression = *packed;
    if (order.format == ExportFormat::kParquet && order.compression != Compression::kNone) {
        return Wrong("compression", "must be none for parquet, which is compressed inside");
    }

    order.request = RequestOf(order);
    if (order.folder.empty()) order.folder = "export-" + Sha256Hex(order.request).substr(0, 16);
    MP_RETURN_IF_ERROR(CheckName(order.folder));
    return order;
}

}  // namespace mp::storage
