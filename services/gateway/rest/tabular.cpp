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

void AppendHeader(std::span<const std::string_view> columns, std::string& out) {
    for (size_t i = 0; i < columns.size(); ++i) {
        if (i != 0) out += ',';
        AppendCell(columns[i], out);
    }
    out += "\r\n";
}

void AppendRow(
    const dom::element& row, std::span<const std::string_view> columns, std::string& out
) {
    for (size_t i = 0; i < columns.size(); ++i) {
        if (i != 0) out += ',';
        dom::element value;
        if (row[columns[i]].get(value) == simdjson::SUCCESS) AppendValue(value, out);
    }
    out += "\r\n";
}

void ReadRest(const dom::element& document, Answer& answer) {
    std::string_view cursor;
    if (document["next_cursor"].get(cursor) == simdjson::SUCCESS) answer.next_cursor = cursor;
    bool flag = false;
    if (document["coverage"]["complete"].get(flag) == simdjson::SUCCESS) answer.complete = flag;
    if (document["degraded"].get(flag) == simdjson::SUCCESS) answer.degraded = flag;
}

}  // namespace

Result<Answer> InFormat(
    std::string json, Format format, std::span<const std::string_view> columns
) {
    Answer answer;
    if (format == Format::kJson) {
        answer.body = std::move(json);
        return answer;
    }
    dom::parser parser;
    dom::element document;
    dom::array rows;
    if (parser.parse(json).get(document) != simdjson::SUCCESS ||
        document["data"].get(rows) != simdjson::SUCCESS) {
        return absl::InternalError("an answer without rows cannot be written as lines");
    }
    ReadRest(document, answer);
    if (format == Format::kCsv) AppendHeader(columns, answer.body);
    for (const dom::element row : rows) {
        if (format == Format::kCsv) {
            AppendRow(row, columns, answer.body);
        } else {
            answer.body.append(simdjson::minify(row)).append(1, '\n');
        }
    }
    return answer;
}

}  // namespace mp::gateway
