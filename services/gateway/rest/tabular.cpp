#include "gateway/rest/tabular.hpp"

#include <simdjson.h>
#include <string>
#include <utility>

namespace mp::gateway {
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

Status AppendAll(const dom::element& value, Format format, Columns columns, std::string& out) {
    dom::array rows;
    if (value.get(rows) != simdjson::SUCCESS) {
        return absl::InternalError("an answer without rows cannot be written as lines");
    }
    for (const dom::element row : rows) {
        if (format == Format::kCsv) {
            AppendRow(row, columns, out);
        } else {
            out.append(simdjson::minify(row)).append(1, '\n');
        }
    }
    return OkStatus();
}

Status Malformed() {
    return absl::InternalError("an answer is not JSON");
}

}  // namespace

void AppendHead(Format format, Columns columns, std::string& out) {
    if (format != Format::kCsv) return;
    for (size_t i = 0; i < columns.size(); ++i) {
        if (i != 0) out += ',';
        AppendCell(columns[i], out);
    }
    out += "\r\n";
}

Status AppendLines(const std::string& rows, Format format, Columns columns, std::string& out) {
    dom::parser parser;
    dom::element array;
    if (parser.parse(rows).get(array) != simdjson::SUCCESS) return Malformed();
    return AppendAll(array, format, columns, out);
}

Result<Answer> InFormat(Answer json, Format format, Columns columns) {
    if (format == Format::kJson) return json;
    dom::parser parser;
    dom::element document, rows;
    if (parser.parse(json.body).get(document) != simdjson::SUCCESS ||
        document["data"].get(rows) != simdjson::SUCCESS) {
        return Malformed();
    }
    std::string lines;
    AppendHead(format, columns, lines);
    MP_RETURN_IF_ERROR(AppendAll(rows, format, columns, lines));
    json.body = std::move(lines);
    return json;
}

}  // namespace mp::gateway
