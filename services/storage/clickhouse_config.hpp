#pragma once
// Which ClickHouse servers storage uses, and how: section `clickhouse` of the configuration.

#include <cstdint>
#include <string>

#include "config/reader.hpp"
#include "storage/engines/clickhouse/open.hpp"

namespace mp::storage {

// Where ClickHouse's HTTP interface is, from what people name: a URL (http, https, or clickhouse
// for the native protocol, whose port says nothing about HTTP's), or a host. Ports 0: not given.
// InvalidArgument.
struct ClickHouseAddress {
    std::string url;
    std::string host;
    uint16_t http_port = 0;
};
Result<std::string> HttpUrlOf(const ClickHouseAddress& address);

void ReadClickHouse(config::Reader& reader, ClickHouseConfig* config);

}  // namespace mp::storage
