#include "mpctl/text/table.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "mpctl/text/display_width.hpp"

namespace mp::mpctl {
namespace {

constexpr size_t kGap = 2;

const char* Code(Tone tone) {
    switch (tone) {
        case Tone::kGood:
            return "\x1b[32m";
        case Tone::kWarning:
            return "\x1b[33m";
        case Tone::kBad:
            return "\x1b[1;31m";
        case Tone::kFaint:
            return "\x1b[2m";
        case Tone::kPlain:
            break;
    }
    return "";
}

// Writes one line cell by cell, up to the width that it may have.
class Line {
  public:
    explicit Line(const Style& style) : style_(style) {}

    void Put(const std::string& text, Tone tone) {
        const std::string shown = style_.max_width == 0 ? text : Clip(text, Left());
        used_ += DisplayWidth(shown);
        out_ += Paint(shown, tone, style_);
    }
    void Spaces(size_t count) {
        const size_t fit = style_.max_width == 0 ? count : std::min(count, Left());
        used_ += fit;
        out_.append(fit, ' ');
    }
    std::string Take() {
        out_.erase(out_.find_last_not_of(' ') + 1);
        return std::move(out_) + "\n";
    }

  private:
    size_t Left() const { return style_.max_width > used_ ? style_.max_width - used_ : 0; }

    const Style& style_;
    std::string out_;
    size_t used_ = 0;
};

}  // namespace

std::string Paint(const std::string& text, Tone tone, const Style& style) {
    if (!style.colours || tone == Tone::kPlain || text.empty()) return text;
    return Code(tone) + text + "\x1b[0m";
}

void Table::Add(std::vector<Cell> row) {
    row.resize(columns_.size(), Cell(""));
    for (Cell& cell : row) cell.text = Printable(cell.text);
    rows_.push_back(std::move(row));
}

std::vector<size_t> Table::Widths() const {
    std::vector<size_t> widths;
    for (size_t i = 0; i < columns_.size(); ++i) {
        size_t width = DisplayWidth(columns_[i].title);
        for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i].text));
        widths.push_back(width);
    }
    return widths;
}

std::string Table::Render(const Style& style) const {
    const std::vector<size_t> widths = Widths();
    std::vector<Cell> titles;
    for (const Column& column : columns_) titles.emplace_back(column.title, Tone::kFaint);

    std::string out;
    const auto render = [&](const std::vector<Cell>& row) {
        Line line(style);
        for (size_t i = 0; i < row.size(); ++i) {
            const size_t padding = widths[i] - DisplayWidth(row[i].text);
            const bool right = columns_[i].align == Align::kRight;
            if (i > 0) line.Spaces(kGap);
            if (right) line.Spaces(padding);
            line.Put(row[i].text, row[i].tone);
            if (!right) line.Spaces(padding);
        }
        out += line.Take();
    };
    render(titles);
    for (const auto& row : rows_) render(row);
    return out;
}

}  // namespace mp::mpctl
