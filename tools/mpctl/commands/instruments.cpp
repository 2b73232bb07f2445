// What is collected: listed, and changed while the collectors run.

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "mpctl/commands/command.hpp"
#include "mpctl/commands/rows.hpp"
#include "mpctl/text/terminal.hpp"

namespace mp::mpctl {
namespace {

struct ListOptions {
    std::string exchange;
    std::string market;
};

struct ChangeOptions {
    std::vector<std::string> symbols;
    std::string exchange = "binance";
    std::string market = "spot";
    std::vector<std::string> data_types;

    void AddTo(CLI::App& command) {
        command.add_option("symbol", symbols, "canonical (BTC-USDT) or the venue's own (BTCUSDT)")
            ->required();
        command.add_option("-e,--exchange", exchange, "the exchange")->capture_default_str();
        command.add_option("-m,--market", market, "spot, linear, inverse or option")
            ->check(CLI::IsMember({"spot", "linear", "inverse", "option"}))
            ->capture_default_str();
    }

    Json ToBody() const {
        Json list = Json::array();
        for (const std::string& symbol : symbols) {
            list.push_back({{"exchange", exchange}, {"market", market}, {"symbol", symbol}});
        }
        Json body = {{"instruments", std::move(list)}};
        if (!data_types.empty()) body["data_types"] = data_types;
        return body;
    }
};

void Show(Context& context, const Answer& answer) {
    if (context.json) {
        context.out << answer.body << "\n";
        return;
    }
    context.out << RenderRows(
                       RowsOf(answer.json),
                       {{"EXCHANGE", "exchange"},
                        {"MARKET", "market"},
                        {"SYMBOL", "symbol"},
                        {"VENUE SYMBOL", "venue_symbol"},
                        {"STATUS", "status"}},
                       Terminal::OfStdout().data_style()
                   )
                << Footer(answer.json);
}

Task<Result<int>> ListInstruments(Context& context, ListOptions options) {
    Query query = {{"exchange", options.exchange}, {"market", options.market}};
    const Result<Answer> answer =
        co_await context.gateway.Get("/api/v1/instruments", std::move(query));
    if (!answer.ok()) co_return answer.status();
    Show(context, *answer);
    co_return 0;
}

Task<Result<int>> ChangeInstruments(Context& context, std::string path, ChangeOptions options) {
    const Result<Answer> answer = co_await context.gateway.Post(std::move(path), options.ToBody());
    if (!answer.ok()) co_return answer.status();
    Show(context, *answer);
    co_return 0;
}

}  // namespace

void AddInstruments(CLI::App& app, Command& chosen) {
    CLI::App* const instruments =
        app.add_subcommand("instruments", "what is collected: list, add, remove");
    instruments->require_subcommand(0, 1);
    instruments->preparse_callback([&chosen](size_t) {
        chosen = [](Context& context) { return ListInstruments(context, {}); };
    });

    auto list = std::make_shared<ListOptions>();
    CLI::App* const list_command =
        instruments->add_subcommand("list", "instruments that were ever collected");
    list_command->add_option("-e,--exchange", list->exchange, "only of this exchange");
    list_command->add_option("-m,--market", list->market, "only of this market")
        ->check(CLI::IsMember({"spot", "linear", "inverse", "option"}));
    list_command->callback([&chosen, list] {
        chosen = [list](Context& context) { return ListInstruments(context, *list); };
    });

    auto add = std::make_shared<ChangeOptions>();
    CLI::App* const add_command =
        instruments->add_subcommand("add", "collect further ones, for good");
    add->AddTo(*add_command);
    add_command
        ->add_option("-t,--data-types", add->data_types, "trade,bbo,...; else the configured ones")
        ->delimiter(',');
    add_command->callback([&chosen, add] {
        chosen = [add](Context& context) {
            return ChangeInstruments(context, "/api/v1/instruments", *add);
        };
    });

    auto remove = std::make_shared<ChangeOptions>();
    CLI::App* const remove_command =
        instruments->add_subcommand("remove", "collect them no longer; what is stored stays");
    remove->AddTo(*remove_command);
    remove_command->callback([&chosen, remove] {
        chosen = [remove](Context& context) {
            return ChangeInstruments(context, "/api/v1/instruments/remove", *remove);
        };
    });
}

}  // namespace mp::mpctl
