// Events of any series: a page for people, or everything into a file.

#include <absl/strings/numbers.h>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

#include "mpctl/client/failure.hpp"
#include "mpctl/commands/command.hpp"
#include "mpctl/commands/rows.hpp"
#include "mpctl/commands/series_options.hpp"
#include "mpctl/text/format.hpp"
#include "mpctl/text/progress_bar.hpp"
#include "mpctl/text/terminal.hpp"
#include "reliability/retry.hpp"

namespace mp::mpctl {
namespace {

using namespace std::chrono_literals;

constexpr uint32_t kDefaultRows = 20;
constexpr uint32_t kExportPage = 10'000;
constexpr int kPatience = 10;  // tries of one page

struct EventOptions {
    SeriesOptions series;
    PageOptions page;
    std::string data_type = "trade";
    std::string interval;
    std::string every;
    std::string format;
    bool all = false;
    std::string out;
};

Query QueryOf(const EventOptions& options) {
    Query query = options.series.ToQuery();
    query.emplace_back("data_type", options.data_type);
    query.emplace_back("interval", options.interval);
    query.emplace_back("every", options.every);
    return query;
}

Task<Result<int>> ShowPage(Context& context, EventOptions options) {
    Query query = QueryOf(options);
    options.page.AppendTo(query, kDefaultRows);
    query.emplace_back("format", options.format);
    const Result<Answer> answer = co_await context.gateway.Get("/api/v1/events", std::move(query));
    if (!answer.ok()) co_return answer.status();
    if (context.json || !options.format.empty()) {
        context.out << answer->body << (answer->json.is_object() ? "\n" : "");
        co_return kExitOk;
    }
    const Json& rows = RowsOf(answer->json);
    std::vector<std::string> hidden = {"data_type", "exchange_ts", "received_ts"};
    if (!options.series.several()) {
        hidden.insert(hidden.end(), {"exchange", "market", "symbol"});
    }
    context.out << RenderRows(rows, FieldsOf(rows, hidden), Terminal::OfStdout().data_style())
                << Footer(answer->json);
    co_return kExitOk;
}

// Writes all pages of a series, one event a line.
class Export {
  public:
    // `begin` is called once the first page is there, before it is written.
    Export(
        Context& context,
        EventOptions options,
        std::ostream& to,
        std::function<Status()> begin,
        bool progress
    )
        : context_(context),
          options_(std::move(options)),
          to_(to),
          begin_writing_(std::move(begin)),
          bar_("exporting " + options_.data_type, progress) {}

    Task<Status> Run() {
        if (options_.page.start.empty()) options_.page.start = "0";
        const auto end = options_.page.end.empty() ? Result<Nanos>(context_.clock.Now())
                                                   : ParseTime(options_.page.end);
        if (!end.ok()) co_return Annotate(end.status(), "--end");
        end_ = *end;
        do {
            const Result<Answer> answer = co_await NextPage();
            if (!answer.ok()) co_return answer.status();
            if (begin_writing_) MP_CO_RETURN_IF_ERROR(std::exchange(begin_writing_, nullptr)());
            MP_CO_RETURN_IF_ERROR(Write(answer->json));
        } while (!options_.page.cursor.empty());
        co_return OkStatus();
    }

    uint64_t rows() const { return rows_; }
    uint64_t gaps() const { return gaps_; }
    const std::string& cursor() const { return options_.page.cursor; }

  private:
    bool Passes(const Status& status) {
        const bool never_there = rows_ == 0 && IsUnreachable(status);
        if (never_there || !reliability::IsTransient(status)) return false;
        bar_.Show(-1, "waiting: " + std::string(MessageOf(status)));
        return true;
    }

    // Waits out a gateway that is busy or away for a moment: an export may take long.
    Task<Result<Answer>> NextPage() {
        Query query = QueryOf(options_);
        options_.page.AppendTo(query, kExportPage);
        reliability::RetryPolicy policy;
        policy.max_attempts = kPatience;
        policy.backoff.max = 10s;
        policy.retryable = [this](const Status& status) { return Passes(status); };
        const auto ask = [this, &query] { return context_.gateway.Get("/api/v1/events", query); };
        co_return co_await reliability::Retry(std::move(policy), Deadline::Never(), ask);
    }

    Status Write(const Json& page) {
        const Json& rows = RowsOf(page);
        for (const Json& row : rows) to_ << row.dump() << "\n";
        if (!to_.good()) return absl::UnavailableError("cannot write: is the disk full?");
        rows_ += rows.size();
        const auto coverage = page.find("coverage");
        if (coverage != page.end() && coverage->is_object()) {
            gaps_ += coverage->value("gaps", Json::array()).size();
        }
        options_.page.cursor = StringOf(page, "next_cursor");
        if (!rows.empty()) ShowProgress(rows.back());
        return OkStatus();
    }

    void ShowProgress(const Json& last) {
        const Result<Nanos> at = ParseTime(StringOf(last, "order_ts"));
        double fraction = -1;
        if (at.ok()) {
            if (begin_ == 0) begin_ = FirstTime(*at);
            if (end_ > begin_) {
                fraction = static_cast<double>(*at - begin_) / static_cast<double>(end_ - begin_);
            }
        }
        bar_.Show(fraction, FormatCount(rows_) + " events");
    }

    // Where the progress counts from: what the user named, or the first page.
    Nanos FirstTime(Nanos seen) const {
        const Result<Nanos> start = ParseTime(options_.page.start);
        return start.ok() && *start > 0 ? *start : seen;
    }

    Context& context_;
    EventOptions options_;
    std::ostream& to_;
    std::function<Status()> begin_writing_;
    ProgressBar bar_;
    Nanos begin_ = 0;
    Nanos end_ = 0;
    uint64_t rows_ = 0;
    uint64_t gaps_ = 0;
};

// Of an earlier export; what is no file (a pipe) holds none.
Status Empty(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return OkStatus();
    std::filesystem::resize_file(path, 0, error);
    if (!error) return OkStatus();
    return absl::UnavailableError("cannot write " + path + ": " + error.message());
}

// Only an answer replaces what an earlier export left, and one that goes on is appended.
Task<Result<int>> ExportAll(Context& context, EventOptions options) {
    std::ofstream file;
    const std::string out = options.out;
    if (!out.empty()) {
        file.open(out, std::ios::binary | std::ios::app);
        if (!file) co_return absl::InvalidArgumentError("--out: cannot write " + out);
    }
    std::ostream& to = out.empty() ? context.out : file;
    const bool goes_on = out.empty() || !options.page.cursor.empty();
    std::function<Status()> begin = [goes_on, out] { return goes_on ? OkStatus() : Empty(out); };
    const bool progress = !out.empty() && Terminal::StderrIsTerminal();
    Export work(context, std::move(options), to, std::move(begin), progress);
    const Status done = co_await work.Run();
    to.flush();
    if (!done.ok()) {
        const std::string left =
            work.cursor().empty() ? "" : "; go on with --cursor " + work.cursor();
        const std::string what = "after " + FormatCount(work.rows()) + " events" + left;
        Status failure(done.code(), std::string(MessageOf(done)) + " (" + what + ")");
        done.ForEachPayload([&](absl::string_view name, const absl::Cord& payload) {
            failure.SetPayload(name, payload);
        });
        co_return failure;
    }
    if (!out.empty()) {
        std::cerr << FormatCount(work.rows()) << " events in " << out << ", "
                  << (work.gaps() == 0 ? "complete" : "not complete: see `mpctl coverage`") << "\n";
    }
    co_return kExitOk;
}

Task<Result<int>> ShowEvents(Context& context, EventOptions options) {
    if (!options.all && !options.out.empty()) {
        co_return absl::InvalidArgumentError("--out goes with --all");
    }
    if (options.all && options.format == "csv") {
        co_return absl::InvalidArgumentError("--all writes one JSON object a line, not csv");
    }
    if (options.all) co_return co_await ExportAll(context, std::move(options));
    co_return co_await ShowPage(context, std::move(options));
}

}  // namespace

void AddEvents(CLI::App& app, Command& chosen) {
    auto options = std::make_shared<EventOptions>();
    CLI::App* const command = app.add_subcommand(
        "events",
        "events of any series, several merged in time order; --all --out FILE exports them"
    );
    options->series.AddSeveralTo(*command);
    command->add_option("-t,--data-type", options->data_type, "trade, book_delta, bbo, ticker, ...")
        ->capture_default_str();
    command->add_option("-i,--interval", options->interval, "of klines");
    command->add_option("--every", options->every, "only the last event of each such time: 1s, 5m");
    options->page.AddTo(*command);
    command->add_option("-f,--format", options->format, "json, ndjson or csv instead of a table")
        ->check(CLI::IsMember({"json", "ndjson", "csv"}));
    command->add_flag("--all", options->all, "every page, one JSON object a line");
    command->add_option("-o,--out", options->out, "the file that --all writes");
    command->callback([&chosen, options] {
        chosen = [options](Context& context) { return ShowEvents(context, *options); };
    });
}

}  // namespace mp::mpctl
