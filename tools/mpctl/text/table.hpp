#pragma once
// A table for people: columns as wide as their widest cell, two spaces apart, numbers to the right.

#include <cstddef>
#include <string>
#include <vector>

namespace mp::mpctl {

enum class Align { kLeft, kRight };
// Shown where colours are wanted; the text must say it too.
enum class Tone { kPlain, kGood, kWarning, kBad, kFaint };

struct Column {
    std::string title;
    Align align = Align::kLeft;
};

struct Cell {
    Cell(std::string content, Tone look = Tone::kPlain) : text(std::move(content)), tone(look) {}
    Cell(const char* content) : text(content) {}

    std::string text;
    Tone tone = Tone::kPlain;
};

struct Style {
    bool colours = false;
    size_t max_width = 0;  // longer lines are cut; 0: never
};

class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // Missing cells are empty. Cells are made printable.
    void Add(std::vector<Cell> row);
    bool empty() const { return rows_.empty(); }
    size_t rows() const { return rows_.size(); }

    // With the titles, a line each.
    std::string Render(const Style& style = {}) const;

  private:
    std::vector<size_t> Widths() const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

// `text` in the colour of its tone, where the style has colours.
std::string Paint(const std::string& text, Tone tone, const Style& style);

}  // namespace mp::mpctl
