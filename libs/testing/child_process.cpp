#include "testing/child_process.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "testing/eventually.hpp"
#include "testing/temp_dir.hpp"

namespace mp::testing {
namespace {

// Exit code of a child whose program could not be executed, as shells use it.
constexpr int kCannotExecute = 127;

std::vector<std::string> EnvironmentWith(const std::map<std::string, std::string>& added) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (!added.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
    }
    for (const auto& [name, value] : added) all.emplace_back(name).append("=").append(value);
    return all;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

// Between fork and exec: only calls that are safe there.
[[noreturn]] void BecomeProgram(
    pid_t parent, int output, const char* directory, char* const* argv, char* const* envp
) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(kCannotExecute);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    if (directory == nullptr || chdir(directory) == 0) execvpe(argv[0], argv, envp);
    constexpr std::string_view kMessage = "cannot execute the program\n";
    [[maybe_unused]] const ssize_t written = write(output, kMessage.data(), kMessage.size());
    _exit(kCannotExecute);
}

int OpenOutput(std::filesystem::path& path) {
    if (!path.empty()) {
        return open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    }
    std::string pattern = (std::filesystem::temp_directory_path() / "mp-child-XXXXXX").string();
    const int file = mkostemp(pattern.data(), O_APPEND | O_CLOEXEC);
    path = pattern;
    return file;
}

}  // namespace

std::string FindProgram(const std::string& name) {
    const char* directory = std::getenv("MP_BIN_DIR");
    if (directory == nullptr || name.find('/') != std::string::npos) return name;
    const std::filesystem::path path = std::filesystem::path(directory) / name;
    return std::filesystem::exists(path) ? path.string() : name;
}

ChildProcess::ChildProcess(ChildOptions options)
    : output_(options.output), own_output_(options.output.empty()) {
    const int output = OpenOutput(output_);
    if (output < 0) {
        throw std::system_error(errno, std::generic_category(), "open " + output_.string());
    }
    std::vector<std::string> arguments = std::move(options.arguments);
    arguments.insert(arguments.begin(), FindProgram(options.program));
    std::vector<std::string> environment = EnvironmentWith(options.environment);
    const std::vector<char*> argv = Pointers(arguments);
    const std::vector<char*> envp = Pointers(environment);
    const char* directory = options.directory.empty() ? nullptr : options.directory.c_str();

    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0) BecomeProgram(parent, output, directory, argv.data(), envp.data());
    const int error = errno;
    close(output);
    if (pid_ < 0) throw std::system_error(error, std::generic_category(), "fork");
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      exit_code_(other.exit_code_),
      output_(std::move(other.output_)),
      own_output_(std::exchange(other.own_output_, false)) {}

ChildProcess::~ChildProcess() {
    Kill();
    std::error_code ignored;
    if (own_output_) std::filesystem::remove(output_, ignored);
}

bool ChildProcess::Running() {
    Poll();
    return pid_ > 0 && !exit_code_;
}

std::string ChildProcess::Output() const {
    return ReadFile(output_);
}

bool ChildProcess::WaitForOutput(std::string_view text, Duration limit) {
    return WaitFor([&] { return Output().find(text) != std::string::npos; }, limit);
}

bool ChildProcess::WaitFor(const std::function<bool()>& condition, Duration limit) {
    bool held = false;
    const auto settled = [&] {
        const bool running = Running();  // first: the last output of a child that has ended counts
        held = condition();
        return held || !running;
    };
    (void)Eventually(settled, limit);
    return held;
}

void ChildProcess::Signal(int signal) {
    if (Running()) kill(pid_, signal);
}

std::optional<int> ChildProcess::WaitForExit(Duration limit) {
    (void)Eventually([&] { return !Running(); }, limit);
    return exit_code_;
}

std::optional<int> ChildProcess::Terminate(Duration limit) {
    Signal(SIGTERM);
    return WaitForExit(limit);
}

void ChildProcess::Kill() {
    if (pid_ <= 0 || exit_code_) return;
    kill(-pid_, SIGKILL);  // with what it started itself
    kill(pid_, SIGKILL);
    int status = 0;
    waitpid(pid_, &status, 0);
    exit_code_ = 128 + SIGKILL;
}

void ChildProcess::Poll() {
    if (pid_ <= 0 || exit_code_) return;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace mp::testing
