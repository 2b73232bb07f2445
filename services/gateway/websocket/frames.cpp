#include "gateway/websocket/frames.hpp"

#include "gateway/rest/error_answer.hpp"
#include "gateway/rest/render.hpp"
#include "net/websocket.hpp"
#include "rows/event_json.hpp"
#include "rows/json_writer.hpp"

namespace mp::gateway {

using rows::JsonWriter;

namespace {

void WriteInstrument(const model::Instrument& instrument, JsonWriter& json) {
    json.Field("exchange", instrument.exchange);
    json.Field("market", ToString(instrument.market));
    json.Field("symbol", instrument.symbol);
}

}  // namespace

template <typename Fields>
void Frames::Append(std::string_view type, std::string_view id, Fields fields) {
    text_.clear();
    JsonWriter json(text_);
    json.BeginObject();
    json.Field("type", type);
    json.Field("id", id);
    fields(json);
    json.EndObject();
    net::AppendTextFrame(text_, encoded_);
}

void Frames::Simple(
    std::string_view type, std::string_view id, std::string_view key, std::string_view value
) {
    Append(type, id, [&](JsonWriter& json) {
        if (!key.empty()) json.Field(key, value);
    });
}

void Frames::Error(std::string_view id, const Status& status, std::string_view token) {
    Append("error", id, [&](JsonWriter& json) {
        json.Field("code", CodeName(status.code()));
        json.Field("message", MessageOf(status));
        if (!token.empty()) json.Field("token", token);
    });
}

void Frames::Event(std::string_view id, const LiveRow& row, std::string_view token) {
    model::Event event;
    if (!decoder_.Decode(row.bytes, event).ok()) return undecodable_.Add();
    Append("event", id, [&](JsonWriter& json) {
        if (!token.empty()) json.Field("token", token);
        json.Key("data");
        rows::WriteEvent(*row.instrument, event, json);
    });
}

void Frames::Lagged(std::string_view id, uint64_t count) {
    Append("lagged", id, [&](JsonWriter& json) {
        json.Key("count");
        json.Number(count);
    });
}

void Frames::Gap(std::string_view id, const LiveGap& gap) {
    Append("gap", id, [&](JsonWriter& json) {
        WriteInstrument(gap.series.instrument, json);
        json.Field("data_type", ToString(gap.series.data_type));
        json.Key("from");
        json.Time(gap.from_ts);
        json.Key("to");
        json.Time(gap.to_ts);
        json.Field("state", ToString(gap.state));
        json.Field("reason", gap.reason);
        if (gap.missing) json.Key("missing"), json.Number(*gap.missing);
    });
}

void Frames::Candle(
    std::string_view id, const CandleSeries& series, uint64_t revision, const pb::Candle& bar
) {
    Append("candle", id, [&](JsonWriter& json) {
        WriteInstrument(series.instrument, json);
        json.Key("revision");
        json.Number(revision);
        json.Key("final");
        json.Bool(bar.complete());
        json.Key("data");
        WriteCandle(bar, series.interval, json);
    });
}

}  // namespace mp::gateway
