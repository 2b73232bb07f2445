#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>

#include "mpctl/commands/command.hpp"
#include "mpctl/commands/rows.hpp"
#include "mpctl/commands/series_options.hpp"
#include "mpctl/text/format.hpp"
#include "mpctl/text/terminal.hpp"

namespace mp::mpctl {
namespace {

struct CoverageOptions {
    SeriesOptions series;
    std::string data_type;
    std::string start;
    std::string end;
};

// One line a gap; a series without gaps has one line that says so.
std::string RenderCoverage(const Json& answer, const Style& style) {
    Table table({
        {"DATA TYPE"},
        {"STATE"},
        {"FROM"},
        {"TO"},
        {"REASON"},
        {"MISSING", Align::kRight},
    });
    for (const Json& series : RowsOf(answer)) {
        const std::string type = TextOf(series, "data_type");
        const bool complete = series.value("complete", false);
        const Json gaps = series.value("gaps", Json::array());
        if (complete) table.Add({type, Cell("complete", Tone::kGood)});
        if (!complete && gaps.empty()) table.Add({type, Cell("not complete", Tone::kWarning)});
        // What was missing once, and where it was had from.
        for (const Json& interval : series.value("intervals", Json::array())) {
            if (TextOf(interval, "state") != "repaired") continue;
            table.Add({
                type,
                Cell("repaired", Tone::kGood),
                ShortTime(TextOf(interval, "from")),
                ShortTime(TextOf(interval, "to")),
                TextOf(interval, "source"),
            });
        }
        for (const Json& gap : gaps) {
            table.Add({
                type,
                Cell("gap, " + TextOf(gap, "state"), Tone::kWarning),
                ShortTime(TextOf(gap, "from")),
                ShortTime(TextOf(gap, "to")),
                TextOf(gap, "reason"),
                TextOf(gap, "missing"),
            });
        }
    }
    return table.empty() ? "no series\n" : table.Render(style);
}

Task<Result<int>> ShowCoverage(Context& context, CoverageOptions options) {
    Query query = options.series.ToQuery();
    query.emplace_back("data_type", options.data_type);
    query.emplace_back("start", options.start);
    query.emplace_back("end", options.end);
    const Result<Answer> answer =
        co_await context.gateway.Get("/api/v1/coverage", std::move(query));
    if (!answer.ok()) co_return answer.status();
    if (context.json) {
        context.out << answer->body << "\n";
    } else {
        context.out << RenderCoverage(answer->json, Terminal::OfStdout().data_style());
    }
    co_return 0;
}

}  // namespace

void AddCoverage(CLI::App& app, Command& chosen) {
    auto options = std::make_shared<CoverageOptions>();
    CLI::App* const command =
        app.add_subcommand("coverage", "what is complete, and every gap with its reason");
    options->series.AddTo(*command);
    command->add_option("-t,--data-type", options->data_type, "only this data type");
    command->add_option("--start", options->start, "inclusive");
    command->add_option("--end", options->end, "exclusive");
    command->callback([&chosen, options] {
        chosen = [options](Context& context) { return ShowCoverage(context, *options); };
    });
}

}  // namespace mp::mpctl
