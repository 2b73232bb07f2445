#include "gateway/rest/tabular.hpp"

#include <string>
#include <utility>

namespace mp::gateway {
namespace {

rows::LineFormat LinesOf(Format format) {
    return format == Format::kCsv ? rows::LineFormat::kCsv : rows::LineFormat::kNdjson;
}

}  // namespace

void AppendHead(Format format, Columns columns, std::string& out) {
    rows::AppendHead(LinesOf(format), columns, out);
}

Status AppendLines(const std::string& rows, Format format, Columns columns, std::string& out) {
    return rows::AppendLines(rows, LinesOf(format), columns, out);
}

Result<Answer> InFormat(Answer json, Format format, Columns columns) {
    if (format == Format::kJson) return json;
    std::string lines;
    AppendHead(format, columns, lines);
    MP_RETURN_IF_ERROR(rows::AppendLines(json.body, LinesOf(format), columns, lines, "data"));
    json.body = std::move(lines);
    return json;
}

}  // namespace mp::gateway
