#pragma once
// Flags of every command that asks for a series, and the parameters that they become.

#include <cstdint>
#include <string>

#include "mpctl/client/gateway.hpp"

namespace CLI {
class App;
}

namespace mp::mpctl {

struct SeriesOptions {
    std::string symbol;
    std::string exchange = "binance";
    std::string market;

    void AddTo(CLI::App& command);
    Query ToQuery() const;
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
