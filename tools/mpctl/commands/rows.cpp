#include "mpctl/commands/rows.hpp"

#include <algorithm>

#include "mpctl/text/format.hpp"

namespace mp::mpctl {
namespace {

bool IsTime(const std::string& text) {
    return text.size() == 30 && text[10] == 'T' && text[19] == '.' && text[29] == 'Z';
}

// Texts that are numbers go to the right.
bool IsNumber(const Json& value) {
    if (value.is_number()) return true;
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    return !text.empty() && text.find_first_not_of("-0123456789.") == std::string::npos;
}

std::string Shown(const Json& row, const std::string& member) {
    const auto value = row.find(member);
    if (value != row.end() && value->is_array()) return "[" + std::to_string(value->size()) + "]";
    std::string text = TextOf(row, member.c_str());
    return IsTime(text) ? ShortTime(text) : text;
}

std::string Upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        if (c == '_') return ' ';
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return text;
}

}  // namespace

std::string RenderRows(const Json& rows, const std::vector<Field>& fields, const Style& style) {
    if (rows.empty()) return "no rows\n";
    std::vector<Column> columns;
    columns.reserve(fields.size());
    for (const Field& field : fields) columns.push_back({field.title, field.align});
    Table table(std::move(columns));
    for (const Json& row : rows) {
        std::vector<Cell> cells;
        cells.reserve(fields.size());
        for (const Field& field : fields) cells.emplace_back(Shown(row, field.member));
        table.Add(std::move(cells));
    }
    return table.Render(style);
}

std::vector<Field> FieldsOf(const Json& rows, const std::vector<std::string>& hidden) {
    std::vector<Field> fields;
    for (const Json& row : rows) {
        for (const auto& [name, value] : row.items()) {
            const auto same = [&wanted = name](const Field& field) {
                return field.member == wanted;
            };
            const bool known = std::any_of(fields.begin(), fields.end(), same);
            if (known || std::find(hidden.begin(), hidden.end(), name) != hidden.end()) continue;
            fields.push_back({Upper(name), name, IsNumber(value) ? Align::kRight : Align::kLeft});
        }
    }
    return fields;
}

std::string Footer(const Json& answer) {
    std::string text;
    if (answer.value("degraded", false)) text += "degraded: the store is away, this may be old\n";
    const auto coverage = answer.find("coverage");
    if (coverage != answer.end() && coverage->is_object()) {
        if (coverage->value("complete", false)) {
            text += "complete\n";
        } else {
            const size_t gaps = coverage->value("gaps", Json::array()).size();
            text += "not complete: " + std::to_string(gaps) + (gaps == 1 ? " gap" : " gaps") +
                    ", see `mpctl coverage`\n";
        }
    }
    const std::string cursor = StringOf(answer, "next_cursor");
    if (!cursor.empty()) text += "more: --cursor " + cursor + "\n";
    return text;
}

const Json& RowsOf(const Json& answer) {
    static const Json kNone = Json::array();
    const auto data = answer.find("data");
    return data != answer.end() && data->is_array() ? *data : kNone;
}

}  // namespace mp::mpctl
