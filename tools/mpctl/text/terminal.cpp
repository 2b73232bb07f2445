#include "mpctl/text/terminal.hpp"

#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace mp::mpctl {

Terminal Terminal::OfStdout() {
    Terminal terminal;
    if (::isatty(STDOUT_FILENO) == 0) return terminal;
    const char* term = std::getenv("TERM");
    const char* no_colour = std::getenv("NO_COLOR");
    terminal.interactive = term != nullptr && std::string_view(term) != "dumb";
    terminal.colours = terminal.interactive && (no_colour == nullptr || *no_colour == '\0');
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        terminal.width = size.ws_col;
        terminal.height = size.ws_row;
    }
    return terminal;
}

bool Terminal::StderrIsTerminal() {
    return ::isatty(STDERR_FILENO) != 0;
}

}  // namespace mp::mpctl
