#pragma once
// How far long work is, on stderr: one line that is drawn over, on a terminal only. Elsewhere it
// stays silent, and the command says at its end what it did.

#include <chrono>
#include <cstdint>
#include <string>

namespace mp::mpctl {

class ProgressBar {
  public:
    explicit ProgressBar(std::string what, bool shown);
    // Clears the line.
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    // `fraction` 0..1, negative where nobody knows; `note` follows the bar. Draws at most ten times
    // a second.
    void Show(double fraction, const std::string& note);

  private:
    std::string what_;
    bool shown_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point next_ = started_;
};

// "[=======>      ]  52%", `width` columns for the bar itself.
std::string RenderBar(double fraction, size_t width);

}  // namespace mp::mpctl
