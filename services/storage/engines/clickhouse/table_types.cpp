#include "storage/engines/clickhouse/table_types.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "storage/engines/clickhouse/migrations.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

constexpr std::array<std::string_view, 7> kReceiptColumns{
    "data_type", "exchange", "market", "symbol", "identity", "order_ts", "sequence"};

}  // namespace

Result<TableTypes> ReadTableTypes(const Client& client) {
    const auto rows = client.Rows(Concat(
        "SELECT table, name, type FROM system.columns WHERE database = '", client.database(), "'"
    ));
    if (!rows.ok()) return rows.status();
    std::map<std::pair<std::string, std::string>, std::string> types;
    for (const auto& row : *rows) {
        if (row.size() == 3) types[{row[0], row[1]}] = row[2];
    }
    const auto column = [&](const std::string& table, std::string_view name) -> Result<ColumnType> {
        const auto found = types.find({table, std::string(name)});
        if (found != types.end()) return ColumnType{std::string(name), found->second};
        return absl::FailedPreconditionError(
            Concat("table ", client.database(), ".", table, " has no column ", name)
        );
    };
    TableTypes tables;
    for (int number = 1; number <= model::kDataTypes; ++number) {
        const auto type = static_cast<model::DataType>(number);
        for (const std::string& name : EventColumnNames(type)) {
            Result<ColumnType> found = column(RowsTable(type), name);
            if (!found.ok()) return found.status();
            tables.events[static_cast<size_t>(number)].push_back(*std::move(found));
        }
    }
    for (const std::string_view name : kReceiptColumns) {
        Result<ColumnType> found = column("receipts", name);
        if (!found.ok()) return found.status();
        tables.receipts.push_back(*std::move(found));
    }
    tables.receipts.push_back({"revision", "UInt64"});
    return tables;
}

}  // namespace mp::storage::clickhouse
