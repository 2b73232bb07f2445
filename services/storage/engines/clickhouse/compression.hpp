#pragma once
// ClickHouse's compressed stream: LZ4 blocks, each behind a checksum, which is left out here, a
// method and two sizes. Pure.

#include <string>
#include <string_view>

namespace mp::storage::clickhouse {

std::string Compress(std::string_view bytes);

}  // namespace mp::storage::clickhouse
