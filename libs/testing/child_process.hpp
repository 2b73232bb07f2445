#pragma once
// Starts a program, watches its output, stops it. The child dies with this object, and with the
// test process even if that crashes.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "base/duration.hpp"

namespace mp::testing {

struct ChildOptions {
    std::string program;  // a path, or a name looked up in $MP_BIN_DIR and then in $PATH
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environment;  // added to the test's own
    std::filesystem::path directory;                 // working directory; empty: the test's own
    std::filesystem::path output;  // where stdout and stderr go; empty: a temporary file
};

class ChildProcess {
  public:
    // Throws runtime_error when the program cannot be started.
    explicit ChildProcess(ChildOptions options);
    // SIGKILL if it still runs, then reaps it.
    ~ChildProcess();
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;

    pid_t pid() const { return pid_; }
    bool Running();
    // Everything that it has written so far, stdout and stderr in order.
    std::string Output() const;

    // False when the condition does not hold within `limit`, or the child ends before it does.
    bool WaitForOutput(std::string_view text, Duration limit);
    bool WaitFor(const std::function<bool()>& condition, Duration limit);

    // Sends a signal; nothing when it has ended.
    void Signal(int signal);
    // The exit code, 128 + n for death by signal n; nothing when it does not end within `limit`.
    std::optional<int> WaitForExit(Duration limit);
    // SIGTERM, then WaitForExit.
    std::optional<int> Terminate(Duration limit);
    // SIGKILL and reap.
    void Kill();

  private:
    // Notices the end without waiting.
    void Poll();

    pid_t pid_ = -1;
    std::optional<int> exit_code_;
    std::filesystem::path output_;
    bool own_output_ = false;
};

// $MP_BIN_DIR/<name>, or the name itself when there is no such file.
std::string FindProgram(const std::string& name);

}  // namespace mp::testing
