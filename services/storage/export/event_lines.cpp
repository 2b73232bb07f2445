#include "storage/export/event_lines.hpp"

#include "rows/event_columns.hpp"
#include "rows/event_json.hpp"
#include "rows/json_writer.hpp"

namespace mp::storage {

EventLines::EventLines(rows::LineFormat format, model::DataType type)
    : format_(format), columns_(rows::EventColumns(type)) {}

std::string EventLines::Head() const {
    std::string head;
    rows::AppendHead(format_, columns_, head);
    return head;
}

Status EventLines::Write(std::string_view chunk, std::string& out) {
    out.clear();
    MP_RETURN_IF_ERROR(reader_.OpenChunk(chunk));
    array_.clear();
    rows::JsonWriter json(array_);
    json.BeginArray();
    model::Event event;
    for (const wire::BatchEntry& entry : reader_.entries()) {
        MP_RETURN_IF_ERROR(decoder_.Decode(entry.event, event));
        rows::WriteEvent(reader_.instruments()[entry.instrument], event, json);
        if (rows_++ == 0) first_ = event.order_ts;
        last_ = event.order_ts;
    }
    json.EndArray();
    return rows::AppendLines(array_, format_, columns_, out);
}

}  // namespace mp::storage
