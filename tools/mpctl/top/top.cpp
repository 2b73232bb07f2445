#include <chrono>
#include <deque>
#include <memory>
#include <ostream>
#include <utility>

#include <CLI/CLI.hpp>

#include "mpctl/client/failure.hpp"
#include "mpctl/commands/command.hpp"
#include "mpctl/system/snapshot.hpp"
#include "mpctl/text/terminal.hpp"
#include "mpctl/top/listener.hpp"
#include "mpctl/top/top_model.hpp"
#include "mpctl/top/top_view.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"

namespace mp::mpctl {
namespace {

constexpr const char* kHome = "\x1b[H";
constexpr const char* kClear = "\x1b[2J";
constexpr const char* kClearToEndOfLine = "\x1b[K";
constexpr const char* kClearBelow = "\x1b[J";
constexpr const char* kHideCursor = "\x1b[?25l";
constexpr const char* kShowCursor = "\x1b[?25h";

struct TopOptions {
    bool once = false;
    double interval_seconds = 1;
    double window_seconds = 5;
};

// Draws frames over each other on a terminal, one after the other elsewhere.
class Screen {
  public:
    explicit Screen(std::ostream& out) : out_(out), over_(Terminal::OfStdout().interactive) {
        if (over_) out_ << kHideCursor << kClear;
    }
    ~Screen() {
        if (over_) out_ << kShowCursor << std::flush;
    }
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    void Draw(const std::string& frame) {
        if (!over_) {
            out_ << frame << "\n" << std::flush;
            return;
        }
        out_ << kHome;
        for (size_t begin = 0; begin < frame.size();) {
            const size_t end = frame.find('\n', begin);
            out_ << frame.substr(begin, end - begin) << kClearToEndOfLine << "\n";
            begin = end + 1;
        }
        out_ << kClearBelow << std::flush;
    }

  private:
    std::ostream& out_;
    const bool over_;
};

// The last snapshots, back to the beginning of the window.
class Window {
  public:
    explicit Window(double seconds) : length_(static_cast<Nanos>(seconds * kSecond)) {}

    void Add(Snapshot snapshot) {
        const Nanos oldest = snapshot.steady - length_;
        snapshots_.push_back(std::move(snapshot));
        while (snapshots_.size() > 2 && snapshots_[1].steady <= oldest) snapshots_.pop_front();
    }
    TopModel Model() const { return BuildTop(snapshots_.front(), snapshots_.back()); }
    size_t size() const { return snapshots_.size(); }

  private:
    const Nanos length_;
    std::deque<Snapshot> snapshots_;
};

void Print(Context& context, const TopModel& model) {
    if (context.json) {
        context.out << TopAsJson(model, context.clock.Now()).dump() << "\n" << std::flush;
        return;
    }
    context.out << RenderTop(
                       model,
                       context.gateway.options().url,
                       context.clock.Now(),
                       Terminal::OfStdout().style()
                   )
                << std::flush;
}

// Two looks one interval apart: rates and latencies are differences.
Task<Result<int>> ShowOnce(Context& context, TopOptions options) {
    Window window(options.window_seconds);
    const Duration interval(static_cast<Nanos>(options.interval_seconds * kSecond));
    for (int look = 0; look < 2; ++look) {
        if (look > 0) co_await runtime::Sleep(interval);
        Result<Snapshot> snapshot = co_await TakeSnapshot(context.gateway, context.clock);
        if (!snapshot.ok()) co_return snapshot.status();
        window.Add(*std::move(snapshot));
    }
    Print(context, window.Model());
    co_return 0;
}

std::string Frame(Context& context, const TopModel& model, const Status& last) {
    const Terminal terminal = Terminal::OfStdout();
    const size_t lines = terminal.height > 2 ? terminal.height - 2 : 0;
    std::string frame = RenderTop(
        model, context.gateway.options().url, context.clock.Now(), terminal.style(), lines
    );
    if (!last.ok()) frame += "gateway: " + std::string(MessageOf(last)) + "\n";
    return frame;
}

Task<Result<int>> ShowLive(Context& context, TopOptions options) {
    Window window(options.window_seconds);
    const Duration interval(static_cast<Nanos>(options.interval_seconds * kSecond));
    Result<Snapshot> first = co_await TakeSnapshot(context.gateway, context.clock);
    if (!first.ok()) co_return first.status();
    window.Add(*std::move(first));

    std::unique_ptr<Screen> screen;
    if (!context.json) screen = std::make_unique<Screen>(context.out);
    Status last;
    while (context.out.good()) {
        if (screen) {
            screen->Draw(Frame(context, window.Model(), last));
        } else if (window.size() > 1) {
            Print(context, window.Model());
        }
        co_await runtime::Sleep(interval);
        Result<Snapshot> next = co_await TakeSnapshot(context.gateway, context.clock);
        last = next.status();
        if (next.ok()) window.Add(*std::move(next));
    }
    co_return 0;
}

// The listener never ends by itself.
Task<Result<int>> ListenMeanwhile(Context& context) {
    Listener listener(context.gateway);
    co_return co_await listener.Run();
}

Task<Result<int>> ShowTop(Context& context, TopOptions options) {
    Task<Result<int>> shown =
        options.once ? ShowOnce(context, options) : ShowLive(context, options);
    return runtime::FirstOf(std::move(shown), ListenMeanwhile(context));
}

}  // namespace

void AddTop(CLI::App& app, Command& chosen) {
    auto options = std::make_shared<TopOptions>();
    CLI::App* const command =
        app.add_subcommand("top", "live: rates, latencies, rows stored, gaps, service states");
    command->add_flag("--once", options->once, "one frame, then end");
    command->add_option("--interval", options->interval_seconds, "seconds between two frames")
        ->check(CLI::Range(0.1, 3600.0))
        ->capture_default_str();
    command->add_option("--window", options->window_seconds, "seconds that rates are taken over")
        ->check(CLI::Range(0.1, 3600.0))
        ->capture_default_str();
    command->callback([&chosen, options] {
        chosen = [options](Context& context) { return ShowTop(context, *options); };
    });
}

}  // namespace mp::mpctl
