#pragma once
// What is known of the terminal behind stdout.

#include <cstddef>

#include "mpctl/text/table.hpp"

namespace mp::mpctl {

struct Terminal {
    bool interactive = false;  // frames can be drawn over each other
    bool colours = false;
    size_t width = 0;  // 0: unknown
    size_t height = 0;

    // Asked anew each time: windows change. NO_COLOR and TERM=dumb are respected.
    static Terminal OfStdout();
    static bool StderrIsTerminal();

    // For frames: lines are cut at the edge.
    Style style() const { return {colours, width}; }
    // For data: nothing is ever cut.
    Style data_style() const { return {colours, 0}; }
};

}  // namespace mp::mpctl
