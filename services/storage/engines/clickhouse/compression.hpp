#pragma once
// ClickHouse's compressed stream: LZ4 blocks, each behind a checksum, which is left out here, a
// method and two sizes. Appends; pieces of it follow each other. Pure.

#include <string>
#include <string_view>

namespace mp::storage::clickhouse {

void Compress(std::string_view bytes, std::string& out);

}  // namespace mp::storage::clickhouse
