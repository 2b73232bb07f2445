#pragma once
// Flags of every command that asks for a series, and the parameters that they become.

#include <cstdint>
#include <string>
#include <vector>

#include "mpctl/client/gateway.hpp"

namespace CLI {
class App;
}

namespace mp::mpctl {

struct SeriesOptions {
    std::string symbol;
    std::vector<std::string> symbols;  // instead of `symbol`, where a command takes several
    std::string exchange = "binance";
    std::string market;

    void AddTo(CLI::App& command);
    // One symbol or more, each perhaps as exchange:market:symbol.
    void AddSeveralTo(CLI::App& command);
    // Whether answers are about more than one instrument.
    bool several() const { return symbols.size() > 1; }
    Query ToQuery() const;

  private:
    void AddPlace(CLI::App& command);
};

struct PageOptions {
    std::string start;
    std::string end;
    uint32_t limit = 0;  // 0: the command's own default
    std::string cursor;

    void AddTo(CLI::App& command);
    // `default_limit`: where the user named none.
    void AppendTo(Query& query, uint32_t default_limit) const;
};

}  // namespace mp::mpctl
