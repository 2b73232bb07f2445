#include "rows/lines.hpp"

#include <simdjson.h>

namespace mp::rows {
namespace {

namespace dom = simdjson::dom;

// Quoted where a reader would otherwise see the end of the cell.
void AppendCell(std::string_view text, std::string& out) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

void AppendValue(const dom::element& value, std::string& out) {
    if (value.is_null()) return;
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS) {
        AppendCell(text, out);
    } else {
        AppendCell(simdjson::minify(value), out);
    }
}

void AppendRow(const dom::element& row, Columns columns, std::string& out) {
    for (size_t i = 0; i < columns.size(); ++i) {
        if (i != 0) out += ',';
        dom::element value;
        if (row[columns[i]].get(value) == simdjson::SUCCESS) AppendValue(value, out);
    }
    out += "\r\n";
}

}  // namespace

void AppendHead(LineFormat format, Columns columns, std::string& out) {
    if (format != LineFormat::kCsv) return;
    for (size_t i = 0; i < columns.size(); ++i) {
        if (i != 0) out += ',';
        AppendCell(columns[i], out);
    }
    out += "\r\n";
}

Status AppendLines(
    const std::string& json,
    LineFormat format,
    Columns columns,
    std::string& out,
    std::string_view member
) {
    dom::parser parser;
    dom::element document;
    auto error = parser.parse(json).get(document);
    if (error == simdjson::SUCCESS && !member.empty()) error = document[member].get(document);
    dom::array rows;
    if (error == simdjson::SUCCESS) error = document.get(rows);
    if (error != simdjson::SUCCESS) {
        return absl::InternalError("what has no rows cannot be written as lines");
    }
    for (const dom::element row : rows) {
        if (format == LineFormat::kCsv) {
            AppendRow(row, columns, out);
        } else {
            out.append(simdjson::minify(row)).append(1, '\n');
        }
    }
    return OkStatus();
}

}  // namespace mp::rows
