#pragma once
// Rows of an answer as a table.

#include <string>
#include <vector>

#include "mpctl/client/json.hpp"
#include "mpctl/text/table.hpp"

namespace mp::mpctl {

struct Field {
    std::string title;
    std::string member;
    Align align = Align::kLeft;
};

// One line a row. Times lose only zeros, numbers nothing; a list is shown by its length.
std::string RenderRows(const Json& rows, const std::vector<Field>& fields, const Style& style);

// Columns for rows whose members are not known beforehand: every member of any row, without those
// in `hidden`.
std::vector<Field> FieldsOf(const Json& rows, const std::vector<std::string>& hidden);

// What follows a table: how complete it is, and how to get more. Empty where the answer says
// nothing about it.
std::string Footer(const Json& answer);

// The rows of an answer; an empty list where it has none.
const Json& RowsOf(const Json& answer);

}  // namespace mp::mpctl
