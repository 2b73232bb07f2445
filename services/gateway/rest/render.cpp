#include "gateway/rest/render.hpp"

#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "rows/event_json.hpp"
#include "rows/gap_json.hpp"
#include "rows/json_writer.hpp"
#include "wire/batch.hpp"
#include "wire/convert.hpp"
#include "wire/event_codec.hpp"

namespace mp::gateway {

using rows::JsonWriter;
using rows::WriteBody;
using rows::WriteEvent;
using rows::WriteGap;
using rows::WriteLevels;

namespace {

void WriteReportMembers(const pb::CoverageReport& report, JsonWriter& json) {
    json.Key("complete");
    json.Bool(report.complete());
    json.Key("gaps");
    json.BeginArray();
    for (const pb::Gap& gap : report.gaps()) WriteGap(gap, json);
    json.EndArray();
}

void WriteReport(const pb::CoverageReport& report, JsonWriter& json) {
    json.BeginObject();
    WriteReportMembers(report, json);
    json.EndObject();
}

void WriteCursor(const std::string& cursor, JsonWriter& json) {
    json.Key("next_cursor");
    if (cursor.empty()) {
        json.Null();
    } else {
        json.String(cursor);
    }
}

void WriteInstrument(const pb::Instrument& instrument, JsonWriter& json) {
    json.Field("exchange", instrument.exchange());
    json.Field("market", model::ToString(static_cast<model::Market>(instrument.market())));
    json.Field("symbol", instrument.symbol());
}

void WriteDecimal(std::string_view name, const pb::Decimal& value, JsonWriter& json) {
    if (const auto decimal = wire::FromProto(value); decimal.ok())
        json.Key(name), json.Decimal(*decimal);
}

void WriteSeriesName(const pb::Series& series, JsonWriter& json) {
    WriteInstrument(series.instrument(), json);
    json.Field("data_type", model::ToString(static_cast<model::DataType>(series.data_type())));
}

// Of several instruments the coverage of each.
void WriteSeries(const ChunkTail& tail, JsonWriter& json) {
    if (tail.series.empty()) return;
    json.Key("series");
    json.BeginArray();
    for (const pb::SeriesReport& one : tail.series) {
        json.BeginObject();
        WriteSeriesName(one.series(), json);
        WriteReportMembers(one.report(), json);
        json.EndObject();
    }
    json.EndArray();
}

// Writes the rows of a chunk.
class RowWriter {
  public:
    Status Write(std::string_view chunk, JsonWriter& json) {
        MP_RETURN_IF_ERROR(reader_.OpenChunk(chunk));
        model::Event event;
        for (const wire::BatchEntry& entry : reader_.entries()) {
            MP_RETURN_IF_ERROR(decoder_.Decode(entry.event, event));
            WriteEvent(reader_.instruments()[entry.instrument], event, json);
        }
        return OkStatus();
    }

  private:
    wire::BatchReader reader_;
    wire::EventDecoder decoder_;
};

// {"data":[ ... ],"next_cursor":...,"coverage":{...}}
class JsonRows {
  public:
    explicit JsonRows(std::string& body) : json_(body) {
        json_.BeginObject();
        json_.Key("data");
        json_.BeginArray();
    }
    Status Add(std::string_view chunk) { return rows_.Write(chunk, json_); }
    void End(const ChunkTail& last) {
        json_.EndArray();
        WriteCursor(last.next_cursor, json_);
        json_.Key("coverage");
        json_.BeginObject();
        WriteReportMembers(last.coverage.value_or(pb::CoverageReport()), json_);
        WriteSeries(last, json_);
        json_.EndObject();
        json_.EndObject();
    }

  private:
    JsonWriter json_;
    RowWriter rows_;
};

// One row a line.
class LineRows {
  public:
    LineRows(Format format, Columns columns, std::string& body)
        : format_(format), columns_(columns), body_(body) {
        AppendHead(format, columns, body);
    }
    Status Add(std::string_view chunk) {
        array_.clear();
        JsonWriter json(array_);
        json.BeginArray();
        MP_RETURN_IF_ERROR(rows_.Write(chunk, json));
        json.EndArray();
        return AppendLines(array_, format_, columns_, body_);
    }
    void End(const ChunkTail&) {}

  private:
    const Format format_;
    const Columns columns_;
    std::string& body_;
    std::string array_;
    RowWriter rows_;
};

template <class Rows>
Task<Result<Answer>> Render(EventStream stream, Rows rows, std::unique_ptr<Answer> answer) {
    const size_t head = answer->body.size();
    ChunkTail last;
    std::string chunk;
    for (;;) {
        const Result<bool> more = co_await stream.Next(chunk);
        if (!more.ok()) co_return more.status();
        if (!*more) break;
        MP_CO_RETURN_IF_ERROR(rows.Add(chunk));
        Result<ChunkTail> tail = ReadTail(chunk);
        if (!tail.ok()) co_return tail.status();
        if (tail->coverage) last = std::move(*tail);
    }
    answer->empty = answer->body.size() == head;
    rows.End(last);
    answer->next_cursor = last.next_cursor;
    answer->complete = last.coverage && last.coverage->complete();
    co_return std::move(*answer);
}

}  // namespace

Task<Result<Answer>> RenderEvents(EventStream stream, Format format, Columns columns) {
    auto answer = std::make_unique<Answer>();
    std::string& body = answer->body;
    if (format == Format::kJson) {
        return Render(std::move(stream), JsonRows(body), std::move(answer));
    }
    return Render(std::move(stream), LineRows(format, columns, body), std::move(answer));
}

Answer RenderBook(const pb::GetOrderBookResponse& book) {
    Answer answer{.complete = book.coverage().complete(), .degraded = book.degraded()};
    JsonWriter json(answer.body);
    json.BeginObject();
    json.Key("data");
    json.BeginObject();
    WriteInstrument(book.instrument(), json);
    json.Key("ts");
    json.Time(book.ts());
    json.Key("last_update_id");
    json.Id(book.last_update_id());
    json.Key("epoch");
    json.Id(book.epoch());
    json.Key("updates_applied");
    json.Number(book.updates_applied());
    if (book.has_known_bid_to()) WriteDecimal("known_bid_to", book.known_bid_to(), json);
    if (book.has_known_ask_to()) WriteDecimal("known_ask_to", book.known_ask_to(), json);
    std::vector<model::Level> levels;
    for (const auto& [name, side] : {std::pair{"bids", &book.bids()}, {"asks", &book.asks()}}) {
        json.Key(name);
        if (!wire::FromProto(*side, levels).ok()) levels.clear();
        WriteLevels(levels, std::numeric_limits<size_t>::max(), json);
    }
    json.EndObject();
    json.Key("coverage");
    WriteReport(book.coverage(), json);
    if (book.degraded()) json.Key("degraded"), json.Bool(true);
    json.EndObject();
    return answer;
}

void WriteCandle(const pb::Candle& candle, std::string_view interval, JsonWriter& json) {
    json.BeginObject();
    json.Field("interval", interval);
    json.Key("open_time");
    json.Time(candle.open_time());
    json.Key("close_time");
    json.Time(candle.close_time());
    WriteDecimal("open", candle.open(), json);
    WriteDecimal("high", candle.high(), json);
    WriteDecimal("low", candle.low(), json);
    WriteDecimal("close", candle.close(), json);
    json.Field("volume", candle.volume());
    if (!candle.quote_volume().empty()) json.Field("quote_volume", candle.quote_volume());
    if (!candle.vwap().empty()) json.Field("vwap", candle.vwap());
    json.Key("trade_count");
    json.Number(candle.trade_count());
    if (candle.has_number()) json.Key("number"), json.Number(candle.number());
    json.Key("complete");
    json.Bool(candle.complete());
    json.EndObject();
}

Answer RenderCandles(const pb::QueryCandlesResponse& candles, const std::string& interval) {
    Answer answer{
        .next_cursor = candles.next_cursor(),
        .complete = candles.coverage().complete(),
        .degraded = candles.degraded()};
    JsonWriter json(answer.body);
    json.BeginObject();
    json.Key("data");
    json.BeginArray();
    for (const pb::Candle& candle : candles.candles()) {
        WriteCandle(candle, interval, json);
    }
    json.EndArray();
    WriteCursor(candles.next_cursor(), json);
    json.Key("coverage");
    WriteReport(candles.coverage(), json);
    if (candles.degraded()) json.Key("degraded"), json.Bool(true);
    json.EndObject();
    return answer;
}

namespace {

void WriteInterval(const pb::Coverage& interval, JsonWriter& json) {
    json.BeginObject();
    json.Key("from");
    json.Time(interval.from_ts());
    json.Key("to");
    json.Time(interval.to_ts());
    json.Field("state", model::ToString(static_cast<model::CoverageState>(interval.state())));
    json.Field("basis", model::ToString(static_cast<model::CoverageBasis>(interval.basis())));
    if (interval.has_from_id()) json.Key("from_id"), json.Id(interval.from_id());
    if (interval.has_to_id()) json.Key("to_id"), json.Id(interval.to_id());
    if (!interval.reason().empty()) json.Field("reason", interval.reason());
    if (interval.has_missing()) json.Key("missing"), json.Number(interval.missing());
    if (!interval.source().empty()) json.Field("source", interval.source());
    json.EndObject();
}

}  // namespace

Answer RenderCoverage(const pb::GetCoverageResponse& coverage) {
    Answer answer{.complete = true, .degraded = coverage.degraded()};
    JsonWriter json(answer.body);
    json.BeginObject();
    json.Key("data");
    json.BeginArray();
    for (const pb::SeriesCoverage& series : coverage.series()) {
        answer.complete = *answer.complete && series.report().complete();
        json.BeginObject();
        WriteSeriesName(series.series(), json);
        WriteReportMembers(series.report(), json);
        json.Key("intervals");
        json.BeginArray();
        for (const pb::Coverage& interval : series.intervals()) WriteInterval(interval, json);
        json.EndArray();
        json.EndObject();
    }
    json.EndArray();
    if (coverage.degraded()) json.Key("degraded"), json.Bool(true);
    json.EndObject();
    return answer;
}

Result<Answer> RenderInstruments(const pb::ListInstrumentsResponse& instruments) {
    Answer answer{
        .next_cursor = instruments.next_cursor(),
        .degraded = instruments.degraded(),
        .empty = instruments.instruments().empty()};
    JsonWriter json(answer.body);
    wire::EventDecoder decoder;
    json.BeginObject();
    json.Key("data");
    json.BeginArray();
    for (const pb::InstrumentEntry& entry : instruments.instruments()) {
        json.BeginObject();
        WriteInstrument(entry.instrument(), json);
        json.Field("venue_symbol", entry.instrument().venue_symbol());
        if (entry.has_info()) {
            pb::Event holder;
            *holder.mutable_instrument() = entry.info();
            holder.set_order_ts(1);
            holder.set_received_ts(1);
            model::Event event;
            const std::string bytes = holder.SerializeAsString();
            MP_RETURN_IF_ERROR(decoder.Decode(bytes, event));
            WriteBody(event, json);
        }
        json.Key("data_types");
        json.BeginArray();
        for (const int type : entry.data_types()) {
            json.String(model::ToString(static_cast<model::DataType>(type)));
        }
        json.EndArray();
        json.EndObject();
    }
    json.EndArray();
    WriteCursor(instruments.next_cursor(), json);
    if (instruments.degraded()) json.Key("degraded"), json.Bool(true);
    json.EndObject();
    return answer;
}

Result<Answer> RenderEvent(
    const pb::Instrument& instrument, const pb::Event& event, bool degraded
) {
    auto named = wire::FromProto(instrument);
    if (!named.ok()) return named.status();
    wire::EventDecoder decoder;
    model::Event decoded;
    const std::string bytes = event.SerializeAsString();
    MP_RETURN_IF_ERROR(decoder.Decode(bytes, decoded));
    Answer answer{.degraded = degraded};
    JsonWriter json(answer.body);
    json.BeginObject();
    json.Key("data");
    WriteEvent(*named, decoded, json);
    if (degraded) json.Key("degraded"), json.Bool(true);
    json.EndObject();
    return answer;
}

}  // namespace mp::gateway
