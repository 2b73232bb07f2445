#include "mpctl/text/progress_bar.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

#include "mpctl/text/format.hpp"

namespace mp::mpctl {
namespace {

constexpr size_t kBarWidth = 30;
constexpr std::chrono::milliseconds kRedraw{100};
constexpr const char* kClearLine = "\r\x1b[K";

}  // namespace

std::string RenderBar(double fraction, size_t width) {
    fraction = std::clamp(fraction, 0.0, 1.0);
    const auto full = static_cast<size_t>(fraction * static_cast<double>(width));
    std::string bar(full, '=');
    if (full < width) bar += '>';
    bar.resize(width, ' ');
    const std::string percent = std::to_string(static_cast<int>(fraction * 100));
    return "[" + bar + "] " + std::string(3 - std::min<size_t>(3, percent.size()), ' ') + percent +
           "%";
}

ProgressBar::ProgressBar(std::string what, bool shown) : what_(std::move(what)), shown_(shown) {}

ProgressBar::~ProgressBar() {
    if (drawn_) std::cerr << kClearLine << std::flush;
}

void ProgressBar::Show(double fraction, const std::string& note) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now < next_) return;
    next_ = now + kRedraw;
    const double elapsed = std::chrono::duration<double>(now - started_).count();
    std::string line = what_ + " ";
    if (fraction >= 0) line += RenderBar(fraction, kBarWidth);
    line += "  " + note;
    if (fraction > 0.01 && elapsed > 2) {
        line += ", " + FormatAge(elapsed * (1 - fraction) / fraction) + " left";
    }
    std::cerr << kClearLine << line << std::flush;
    drawn_ = true;
}

}  // namespace mp::mpctl
