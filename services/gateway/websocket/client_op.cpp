#include "gateway/websocket/client_op.hpp"

#include <nlohmann/json.hpp>

#include "base/json_depth.hpp"
#include "gateway/json/members.hpp"

namespace mp::gateway {
namespace {

using Json = nlohmann::json;

Status Invalid(std::string_view member, std::string_view what) {
    return absl::InvalidArgumentError(std::string(member) + ": " + std::string(what));
}

Result<std::string> Text(const Json& object, const char* name) {
    const auto it = object.find(name);
    if (it == object.end() || !it->is_string()) return Invalid(name, "a text is required");
    return it->get<std::string>();
}

Result<model::Instrument> InstrumentOf(const Json& item) {
    model::Instrument instrument;
    auto exchange = Text(item, "exchange");
    if (!exchange.ok()) return exchange.status();
    auto symbol = Text(item, "symbol");
    if (!symbol.ok()) return symbol.status();
    instrument.exchange = std::move(*exchange);
    instrument.symbol = std::move(*symbol);
    if (const auto it = item.find("market"); it != item.end()) {
        const auto market =
            it->is_string() ? model::ParseMarket(it->get<std::string>()) : std::nullopt;
        if (!market) return Invalid("market", "must be spot, linear, inverse or option");
        instrument.market = *market;
    }
    return instrument;
}

Result<model::Series> SeriesOf(const Json& item) {
    if (!item.is_object()) return Invalid("series", "must hold objects");
    MP_RETURN_IF_ERROR(CheckMembers(item, {"exchange", "market", "symbol", "data_type"}));
    auto instrument = InstrumentOf(item);
    if (!instrument.ok()) return instrument.status();
    auto type = Text(item, "data_type");
    if (!type.ok()) return type.status();
    const auto known_type = model::ParseDataType(*type);
    if (!known_type) return Invalid("data_type", "is no data type: " + *type);
    return model::Series{*std::move(instrument), *known_type};
}

Result<CandleSeries> BarsOf(const Json& item) {
    if (!item.is_object()) return Invalid("candles", "must hold objects");
    MP_RETURN_IF_ERROR(CheckMembers(item, {"exchange", "market", "symbol", "interval"}));
    auto instrument = InstrumentOf(item);
    if (!instrument.ok()) return instrument.status();
    auto interval = Text(item, "interval");
    if (!interval.ok()) return interval.status();
    return CandleSeries{*std::move(instrument), *std::move(interval)};
}

Status ReadMode(const Json& object, LiveRequest& request) {
    const auto it = object.find("mode");
    if (it == object.end()) return OkStatus();
    if (*it == "conflate") return request.policy = SlowPolicy::kConflate, OkStatus();
    if (*it == "disconnect") return OkStatus();
    return Invalid("mode", "must be disconnect or conflate");
}

Status ReadStart(const Json& object, LiveRequest& request) {
    if (const auto it = object.find("token"); it != object.end()) {
        if (!it->is_string()) return Invalid("token", "must be a text");
        request.token = it->get<std::string>();
    }
    if (const auto it = object.find("from"); it != object.end()) {
        const auto time = ParseTime(it->is_string() ? it->get<std::string>() : it->dump());
        if (!time.ok()) return Invalid("from", MessageOf(time.status()));
        request.from = *time;
    }
    return OkStatus();
}

Status ReadCandles(const Json& object, ClientOp& op) {
    const Json& list = object["candles"];
    if (!list.is_array() || list.empty()) return Invalid("candles", "a list is required");
    for (const char* other : {"series", "mode", "token"}) {
        if (object.contains(other)) return Invalid(other, "does not go with candles");
    }
    for (const Json& item : list) {
        auto bars = BarsOf(item);
        if (!bars.ok()) return bars.status();
        op.candles.series.push_back(*std::move(bars));
    }
    MP_RETURN_IF_ERROR(ReadStart(object, op.request));
    op.candles.from = op.request.from;
    return OkStatus();
}

Status ReadSubscribe(const Json& object, LiveRequest& request) {
    const auto list = object.find("series");
    if (list == object.end() || !list->is_array() || list->empty()) {
        return Invalid("series", "a list is required");
    }
    for (const Json& item : *list) {
        auto series = SeriesOf(item);
        if (!series.ok()) return series.status();
        request.series.push_back(std::move(*series));
    }
    MP_RETURN_IF_ERROR(ReadMode(object, request));
    return ReadStart(object, request);
}

}  // namespace

Result<ClientOp> ParseClientOp(std::string_view text, std::string& id) {
    if (NestsDeeperThan(text, kMaxJsonDepth)) return Invalid("frame", "is nested too deeply");
    const Json object = Json::parse(text, nullptr, false);
    if (!object.is_object()) return Invalid("frame", "must be a JSON object");
    if (const auto it = object.find("id"); it != object.end()) {
        id = it->is_string() ? it->get<std::string>() : it->dump();
    }
    if (id.empty() || id.size() > 64) return Invalid("id", "1 to 64 characters are required");
    MP_RETURN_IF_ERROR(
        CheckMembers(object, {"op", "id", "series", "candles", "mode", "from", "token"})
    );
    ClientOp op;
    op.id = id;
    auto name = Text(object, "op");
    if (!name.ok()) return name.status();
    if (*name == "unsubscribe") {
        op.kind = ClientOp::Kind::kUnsubscribe;
        return op;
    }
    if (*name != "subscribe") return Invalid("op", "must be subscribe or unsubscribe");
    const bool candles = object.contains("candles");
    MP_RETURN_IF_ERROR(candles ? ReadCandles(object, op) : ReadSubscribe(object, op.request));
    return op;
}

}  // namespace mp::gateway
