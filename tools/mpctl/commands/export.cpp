// `export` has storage write series into files below its export.path, through the queue of tasks,
// and waits. (`events --all --out` brings one series here instead.)

#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "mpctl/client/failure.hpp"
#include "mpctl/commands/command.hpp"
#include "mpctl/commands/queued_task.hpp"
#include "mpctl/text/format.hpp"

namespace mp::mpctl {
namespace {

struct ExportWish {
    std::vector<std::string> symbols;
    std::string exchange = "binance";
    std::string market;
    std::vector<std::string> data_types = {"trade"};
    std::string start;
    std::string end;
    std::string format = "csv";
    std::string compression;
    uint32_t rows_per_part = 0;
    std::string to;
    std::string timeout = "24h";
};

// Every symbol with every data type; without symbols all that there are.
Json SeriesOf(const ExportWish& wish) {
    Json series = Json::array();
    const std::vector<std::string> all = {""};
    for (const std::string& symbol : wish.symbols.empty() ? all : wish.symbols) {
        for (const std::string& type : wish.data_types) {
            Json one = {{"exchange", wish.exchange}, {"data_type", type}};
            if (!wish.market.empty()) one["market"] = wish.market;
            if (!symbol.empty()) one["symbol"] = symbol;
            series.push_back(std::move(one));
        }
    }
    return series;
}

// Parquet is compressed inside.
std::string UsualCompression(const ExportWish& wish) {
    return wish.format == "parquet" ? "none" : "zst";
}

// Storage's clock may be behind ours, and what is newest is not stored yet.
constexpr Nanos kSettled = 10 * kSecond;

Json PayloadOf(const ExportWish& wish, const Clock& clock) {
    Json payload = {
        {"series", SeriesOf(wish)},
        {"start", wish.start},
        {"end", wish.end.empty() ? FormatTime(clock.Now() - kSettled) : wish.end},
        {"format", wish.format},
        {"compression", wish.compression.empty() ? UsualCompression(wish) : wish.compression}};
    if (wish.rows_per_part > 0) payload["rows_per_part"] = wish.rows_per_part;
    if (!wish.to.empty()) payload["to"] = wish.to;
    return payload;
}

Task<Result<int>> RunExport(Context& context, ExportWish wish) {
    QueuedTask task;
    task.kind = "export";
    task.timeout = wish.timeout;
    task.otherwise = "the export is not finished";
    task.payload = PayloadOf(wish, context.clock);
    const Result<Answer> answer = co_await RunQueuedTask(context, std::move(task));
    if (!answer.ok()) co_return answer.status();
    if (context.json) {
        context.out << answer->body << "\n";
        co_return kExitOk;
    }
    const Json made = answer->json["data"].value("result", Json::object());
    context.out << FormatCount(made.value("rows", uint64_t{0})) << " rows of "
                << FormatCount(made.value("series", uint64_t{0})) << " series in "
                << FormatCount(made.value("parts", uint64_t{0})) << " files ("
                << FormatBytes(made.value("bytes", 0.0)) << ") in " << TextOf(made, "to")
                << (made.value("complete", false) ? ", complete\n"
                                                  : "; manifest.json lists what is missing\n");
    co_return kExitOk;
}

}  // namespace

void AddExport(CLI::App& app, Command& chosen) {
    auto wish = std::make_shared<ExportWish>();
    CLI::App* const command = app.add_subcommand(
        "export", "have storage write series into files on its machine (its export.path)"
    );
    command->add_option("symbols", wish->symbols, "canonical or the venue's own; none: all");
    command->add_option("-e,--exchange", wish->exchange, "the exchange")->capture_default_str();
    command->add_option("-m,--market", wish->market, "spot, linear, inverse or option")
        ->check(CLI::IsMember({"spot", "linear", "inverse", "option"}));
    command->add_option("-t,--data-type", wish->data_types, "trade, book_delta, bbo, ...")
        ->capture_default_str();
    command
        ->add_option("--start", wish->start, "inclusive: RFC 3339, or milliseconds or nanoseconds")
        ->required();
    command->add_option("--end", wish->end, "exclusive; now");
    command
        ->add_option(
            "-f,--format",
            wish->format,
            "of the files; parquet: on ClickHouse, where its server writes it"
        )
        ->check(CLI::IsMember({"csv", "ndjson", "parquet"}))
        ->capture_default_str();
    command->add_option("-c,--compression", wish->compression, "of the files; zst, parquet none")
        ->check(CLI::IsMember({"none", "gz", "zst"}));
    command->add_option("--rows-per-part", wish->rows_per_part, "a new file after so many rows")
        ->check(CLI::Range(1, 1'000'000));
    command->add_option("--to", wish->to, "name of the folder there; made of the request");
    command->add_option("--within", wish->timeout, "how long it may take, such as 2h")
        ->capture_default_str();
    command->callback([&chosen, wish] {
        chosen = [wish](Context& context) { return RunExport(context, *wish); };
    });
}

}  // namespace mp::mpctl
