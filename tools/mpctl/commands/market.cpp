// Typed routes of one instrument: trades, book, bbo, klines, candles and the rest.

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "mpctl/commands/command.hpp"
#include "mpctl/commands/rows.hpp"
#include "mpctl/commands/series_options.hpp"
#include "mpctl/text/format.hpp"
#include "mpctl/text/terminal.hpp"

namespace mp::mpctl {
namespace {

constexpr uint32_t kDefaultRows = 20;
constexpr Align kRight = Align::kRight;

struct MarketOptions {
    SeriesOptions series;
    PageOptions page;
    std::string interval;
    std::string at;
    uint32_t depth = 10;
};

// One route with pages of rows.
struct Route {
    const char* name;
    const char* help;
    const char* path;
    bool interval;
    std::vector<Field> fields;
};

const std::vector<Route>& Routes() {
    static const std::vector<Route> kRoutes = {
        {"trades",
         "the latest trades, or those of an interval",
         "/api/v1/trades",
         false,
         {{"TIME", "order_ts"},
          {"SIDE", "side"},
          {"PRICE", "price", kRight},
          {"QUANTITY", "quantity", kRight},
          {"ID", "trade_id", kRight}}},
        {"klines",
         "the venue's bars",
         "/api/v1/klines",
         true,
         {{"OPEN TIME", "open_time"},
          {"INTERVAL", "interval"},
          {"OPEN", "open", kRight},
          {"HIGH", "high", kRight},
          {"LOW", "low", kRight},
          {"CLOSE", "close", kRight},
          {"VOLUME", "volume", kRight},
          {"TRADES", "trade_count", kRight},
          {"CLOSED", "closed"}}},
        {"candles",
         "bars computed from trades: of time, of so many trades, of volume",
         "/api/v1/candles",
         true,
         {{"OPEN TIME", "open_time"},
          {"OPEN", "open", kRight},
          {"HIGH", "high", kRight},
          {"LOW", "low", kRight},
          {"CLOSE", "close", kRight},
          {"VOLUME", "volume", kRight},
          {"VWAP", "vwap", kRight},
          {"TRADES", "trade_count", kRight}}},
        {"ticker",
         "the venue's 24 h statistics",
         "/api/v1/ticker",
         false,
         {{"TIME", "order_ts"},
          {"LAST", "last_price", kRight},
          {"OPEN", "open_price", kRight},
          {"HIGH", "high_price", kRight},
          {"LOW", "low_price", kRight},
          {"VOLUME", "volume", kRight},
          {"QUOTE VOLUME", "quote_volume", kRight}}},
    };
    return kRoutes;
}

Task<Result<int>> ShowRows(Context& context, const Route& route, MarketOptions options) {
    Query query = options.series.ToQuery();
    query.emplace_back("interval", options.interval);
    options.page.AppendTo(query, kDefaultRows);
    const Result<Answer> answer = co_await context.gateway.Get(route.path, std::move(query));
    if (!answer.ok()) co_return answer.status();
    if (context.json) {
        context.out << answer->body << "\n";
    } else {
        const Style style = Terminal::OfStdout().data_style();
        context.out << RenderRows(RowsOf(answer->json), route.fields, style)
                    << Footer(answer->json);
    }
    co_return 0;
}

std::string Level(const Json& side, size_t index, size_t part) {
    if (index >= side.size() || !side[index].is_array() || side[index].size() < 2) return "";
    const Json& value = side[index][part];
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string RenderBook(const Json& answer, const Style& style) {
    const Json book = answer.value("data", Json::object());
    const Json bids = book.value("bids", Json::array());
    const Json asks = book.value("asks", Json::array());
    Table table({
        {"BID QUANTITY", kRight},
        {"BID", kRight},
        {"ASK", kRight},
        {"ASK QUANTITY", kRight},
    });
    for (size_t i = 0; i < std::max(bids.size(), asks.size()); ++i) {
        table.Add({
            Level(bids, i, 1),
            Cell(Level(bids, i, 0), Tone::kGood),
            Cell(Level(asks, i, 0), Tone::kBad),
            Level(asks, i, 1),
        });
    }
    return TextOf(book, "symbol") + " at " + ShortTime(TextOf(book, "ts")) + ", update " +
           TextOf(book, "last_update_id") + "\n" + table.Render(style) + Footer(answer);
}

Task<Result<int>> ShowBook(Context& context, MarketOptions options) {
    Query query = options.series.ToQuery();
    query.emplace_back("at", options.at);
    query.emplace_back("depth", std::to_string(options.depth));
    const Result<Answer> answer =
        co_await context.gateway.Get("/api/v1/orderbook", std::move(query));
    if (!answer.ok()) co_return answer.status();
    if (context.json) {
        context.out << answer->body << "\n";
    } else {
        context.out << RenderBook(answer->json, Terminal::OfStdout().data_style());
    }
    co_return 0;
}

Task<Result<int>> ShowBbo(Context& context, MarketOptions options) {
    const Result<Answer> answer =
        co_await context.gateway.Get("/api/v1/bbo", options.series.ToQuery());
    if (!answer.ok()) co_return answer.status();
    if (context.json) {
        context.out << answer->body << "\n";
        co_return 0;
    }
    const Json rows = Json::array({answer->json.value("data", Json::object())});
    context.out << RenderRows(
                       rows,
                       {{"TIME", "order_ts"},
                        {"BID QUANTITY", "bid_quantity", kRight},
                        {"BID", "bid_price", kRight},
                        {"ASK", "ask_price", kRight},
                        {"ASK QUANTITY", "ask_quantity", kRight}},
                       Terminal::OfStdout().data_style()
                   )
                << Footer(answer->json);
    co_return 0;
}

}  // namespace

void AddMarket(CLI::App& app, Command& chosen) {
    for (const Route& route : Routes()) {
        auto options = std::make_shared<MarketOptions>();
        CLI::App* const command = app.add_subcommand(route.name, route.help);
        options->series.AddTo(*command);
        if (route.interval) {
            options->interval = "1m";
            command
                ->add_option(
                    "-i,--interval",
                    options->interval,
                    "1s, 1m, 1h, 1d, ...; candles also 100t, 0.5v"
                )
                ->capture_default_str();
        }
        options->page.AddTo(*command);
        command->callback([&chosen, &route, options] {
            chosen = [&route, options](Context& context) {
                return ShowRows(context, route, *options);
            };
        });
    }
    auto book = std::make_shared<MarketOptions>();
    CLI::App* const book_command =
        app.add_subcommand("book", "the order book, now or at any instant");
    book->series.AddTo(*book_command);
    book_command->add_option("-d,--depth", book->depth, "levels a side, 0: all")
        ->capture_default_str();
    book_command->add_option("--at", book->at, "the instant; without it now");
    book_command->callback([&chosen, book] {
        chosen = [book](Context& context) { return ShowBook(context, *book); };
    });
    auto bbo = std::make_shared<MarketOptions>();
    CLI::App* const bbo_command = app.add_subcommand("bbo", "best bid and offer now");
    bbo->series.AddTo(*bbo_command);
    bbo_command->callback([&chosen, bbo] {
        chosen = [bbo](Context& context) { return ShowBbo(context, *bbo); };
    });
}

}  // namespace mp::mpctl
