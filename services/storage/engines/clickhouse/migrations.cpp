#include "storage/engines/clickhouse/migrations.hpp"

#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

using model::DataType;

constexpr std::string_view kUnit = "quantity_unit Enum8('base' = 0, 'quote' = 1, 'contracts' = 2)";
constexpr std::string_view kSide = "side Enum8('unspecified' = 0, 'buy' = 1, 'sell' = 2)";
constexpr std::string_view kLevels =
    "bid_price Array({decimal}), bid_quantity Array({decimal}), "
    "ask_price Array({decimal}), ask_quantity Array({decimal})";

// Columns of each type, in the order of model/event.hpp.
std::string BodyColumns(DataType type) {
    switch (type) {
        case DataType::kTrade:
            return Concat(
                "price {decimal}, quantity {decimal}, base_quantity Nullable({decimal}), "
                "trade_id UInt64{id}, trade_id_text String, "
                "first_fill_id UInt64{id}, last_fill_id UInt64{id}, ",
                kSide,
                ", id_space Enum8('trade' = 0, 'aggregate' = 1), ",
                kUnit
            );
        case DataType::kBookDelta:
            return Concat(
                kLevels,
                ", first_update_id UInt64{id}, last_update_id UInt64{id}, epoch UInt64, "
                "previous_update_id Nullable(UInt64), part UInt32, parts UInt32, ",
                kUnit
            );
        case DataType::kBookSnapshot:
            return Concat(
                kLevels,
                ", last_update_id UInt64{id}, epoch UInt64, known_bid_to Nullable({decimal}), "
                "known_ask_to Nullable({decimal}), part UInt32, parts UInt32, "
                "origin Enum8('venue' = 0, 'derived' = 1), ",
                kUnit
            );
        case DataType::kBbo:
            return Concat(
                "bid_price Nullable({decimal}), bid_quantity Nullable({decimal}), "
                "ask_price Nullable({decimal}), ask_quantity Nullable({decimal}), "
                "update_id UInt64{id}, ",
                kUnit
            );
        case DataType::kTicker:
            return Concat(
                "last_price Nullable({decimal}), open_price Nullable({decimal}), "
                "high_price Nullable({decimal}), low_price Nullable({decimal}), "
                "volume Nullable({decimal}), quote_volume Nullable({decimal}), ",
                kUnit
            );
        case DataType::kKline:
            return Concat(
                "interval_name String, open_time Int64{time}, close_time Int64{time}, "
                "open {decimal}, high {decimal}, low {decimal}, close {decimal}, "
                "volume {decimal}, quote_volume Nullable({decimal}), "
                "trade_count Nullable(UInt64), closed UInt8, ",
                kUnit
            );
        case DataType::kFundingRate:
            return "funding_rate Nullable({decimal}), estimated_rate Nullable({decimal}), "
                   "next_funding_time Nullable(Int64), mark_price Nullable({decimal}), "
                   "index_price Nullable({decimal}), premium_index Nullable({decimal})";
        case DataType::kOpenInterest:
            return Concat(
                "open_interest Nullable({decimal}), open_interest_value Nullable({decimal}), ",
                kUnit
            );
        case DataType::kLiquidation:
            return Concat(
                "liquidation_id String, price {decimal}, quantity {decimal}, "
                "leverage Nullable({decimal}), base_quantity Nullable({decimal}), ",
                kSide,
                ", instrument_type Enum8('unspecified' = 0, 'futures' = 1, 'swap' = 2, "
                "'spot' = 3, 'option' = 4), ",
                kUnit
            );
        case DataType::kMarkPrice:
            return "mark_price Nullable({decimal}), index_price Nullable({decimal})";
        case DataType::kInstrument:
            return "base_asset String, quote_asset String, settle_asset String, "
                   "tick_size Nullable({decimal}), lot_size Nullable({decimal}), "
                   "contract_size Nullable({decimal}), contract_size_asset String, "
                   "venue_status String, listed_at Nullable(Int64), expires_at Nullable(Int64), "
                   "strike Nullable({decimal}), option_type String, "
                   "min_quantity Nullable({decimal}), min_notional Nullable({decimal}), "
                   "status Enum8('unspecified' = 0, 'trading' = 1, 'halted' = 2, "
                   "'pre_listed' = 3, 'delisted' = 4)";
        default:
            return "claimed_type Enum8('unspecified' = 0, 'trade' = 1, 'book_delta' = 2, "
                   "'book_snapshot' = 3, 'bbo' = 4, 'ticker' = 5, 'kline' = 6, "
                   "'funding_rate' = 7, 'open_interest' = 8, 'liquidation' = 9, "
                   "'mark_price' = 10, 'instrument' = 11, 'coverage' = 12), "
                   "basis Enum8('unspecified' = 0, 'sequence' = 1, 'connection' = 2), "
                   "state Enum8('unspecified' = 0, 'complete' = 1, 'open' = 2, 'repaired' = 3, "
                   "'unrepairable' = 4), from_ts Int64, to_ts Int64, from_id Nullable(UInt64), "
                   "to_id Nullable(UInt64), reason String, missing Nullable(UInt64), "
                   "detected_ts Int64, source String";
    }
}

constexpr std::string_view kSeriesColumns =
    "exchange LowCardinality(String), market Enum8('unspecified' = 0, 'spot' = 1, 'linear' = 2, "
    "'inverse' = 3, 'option' = 4), symbol LowCardinality(String)";
constexpr std::string_view kByDay =
    " PARTITION BY toYYYYMMDD(toDateTime(intDiv(order_ts, 1000000000), 'UTC'))";

std::string Joined(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) Append(all, all.empty() ? "" : ", ", name);
    return all;
}

// Puts in what depends on the server.
std::string InDialect(std::string_view sql, const Features& features) {
    return Replaced(
        std::string(sql),
        {{"{decimal}", "Decimal(38, 18)"},
         {"{time}", features.codecs ? " CODEC(DoubleDelta, ZSTD(1))" : ""},
         {"{id}", features.codecs ? " CODEC(Delta, ZSTD(1))" : ""},
         {"{settings}",
          features.fsync ? " SETTINGS fsync_after_insert = 1, fsync_part_directory = 1" : ""}}
    );
}

// Of a table that keeps the last revision of each key.
std::string EngineOf(std::string_view table, const Replication& replication) {
    if (replication.path.empty()) return "ReplacingMergeTree(revision)";
    return Concat(
        "ReplicatedReplacingMergeTree('",
        replication.path,
        "/",
        table,
        "', '",
        replication.replica,
        "', revision)"
    );
}

std::string CreateRows(DataType type, const Replication& replication) {
    // A series' claims change together, and are few: one partition, so that one insert writes them.
    const std::string_view partition = type == DataType::kCoverage ? "" : kByDay;
    return Concat(
        "CREATE TABLE IF NOT EXISTS ",
        RowsTable(type),
        " (",
        kSeriesColumns,
        ", order_ts Int64{time}, sequence UInt64, identity String, revision UInt64, deleted UInt8, "
        "received_ts Int64{time}, exchange_ts Nullable(Int64), ordinal UInt32, ",
        BodyColumns(type),
        ", raw String) ENGINE = ",
        EngineOf(RowsTable(type), replication),
        partition,
        " ORDER BY (exchange, market, symbol, order_ts, sequence, identity){settings}"
    );
}

// What people query: one row an event, times they can read.
std::string CreateView(DataType type) {
    std::vector<std::string> names{
        "exchange",
        "market",
        "symbol",
        "toDateTime(intDiv(order_ts, 1000000000), 'UTC') AS time",
        "order_ts",
        "sequence",
        "received_ts",
        "exchange_ts",
        "ordinal"};
    // The first word of each definition; commas inside parentheses belong to it.
    int depth = 0;
    bool in_name = true;
    std::string name;
    for (const char c : BodyColumns(type) + ",") {
        if (c == '(') ++depth;
        if (c == ')') --depth;
        if (c == ',' && depth == 0) {
            names.push_back(name);
            name.clear();
            in_name = true;
        } else if (c == ' ' && !name.empty()) {
            in_name = false;
        } else if (in_name && c != ' ') {
            name += c;
        }
    }
    return Concat(
        "CREATE VIEW IF NOT EXISTS ",
        ViewOf(type),
        " AS SELECT ",
        Joined(names),
        " FROM {database}.",
        RowsTable(type),
        " FINAL WHERE deleted = 0"
    );
}

Migration State(const Replication& replication) {
    return {
        1,
        "state",
        {Concat(
            "CREATE TABLE IF NOT EXISTS state (kind String, key String, value String, "
            "number UInt64, revision UInt64, deleted UInt8) ENGINE = ",
            EngineOf("state", replication),
            " ORDER BY (kind, key){settings}"
        )},
        {"DROP TABLE IF EXISTS state"},
    };
}

Migration Events(const Replication& replication) {
    Migration migration{2, "events", {}, {}};
    for (int type = 1; type <= model::kDataTypes; ++type) {
        migration.up.push_back(CreateRows(static_cast<DataType>(type), replication));
        migration.down.push_back(
            Concat("DROP TABLE IF EXISTS ", RowsTable(static_cast<DataType>(type)))
        );
    }
    return migration;
}

Migration Receipts(const Replication& replication) {
    return {
        3,
        "receipts",
        {Concat(
            "CREATE TABLE IF NOT EXISTS receipts (data_type UInt8, ",
            kSeriesColumns,
            ", identity String, order_ts Int64, sequence UInt64, revision UInt64) "
            "ENGINE = ",
            EngineOf("receipts", replication),
            kByDay,
            " ORDER BY (data_type, exchange, market, symbol, identity){settings}"
        )},
        {"DROP TABLE IF EXISTS receipts"},
    };
}

Migration Views() {
    Migration migration{4, "views", {}, {}};
    for (int type = 1; type <= model::kDataTypes; ++type) {
        migration.up.push_back(CreateView(static_cast<DataType>(type)));
        migration.down.push_back(
            Concat("DROP TABLE IF EXISTS ", ViewOf(static_cast<DataType>(type)), "_all")
        );
        migration.down.push_back(
            Concat("DROP TABLE IF EXISTS ", ViewOf(static_cast<DataType>(type)))
        );
    }
    return migration;
}

}  // namespace

std::string Replaced(
    std::string text, std::initializer_list<std::pair<std::string_view, std::string_view>> marks
) {
    for (const auto& [mark, value] : marks) {
        for (size_t at = text.find(mark); at != std::string::npos;
             at = text.find(mark, at + value.size())) {
            text.replace(at, mark.size(), value);
        }
    }
    return text;
}

std::string RowsTable(DataType type) {
    return Concat(model::ToString(type), "_rows");
}

std::string_view ViewOf(DataType type) {
    return model::ToString(type);
}

std::vector<std::string> CreateTablesOverShards(
    std::string_view cluster, std::string_view database
) {
    std::vector<std::string> statements;
    for (int number = 1; number <= model::kDataTypes; ++number) {
        const std::string_view view = ViewOf(static_cast<DataType>(number));
        statements.push_back(Concat(
            "CREATE TABLE IF NOT EXISTS ",
            view,
            "_all AS ",
            view,
            " ENGINE = Distributed(",
            cluster,
            ", ",
            database,
            ", ",
            view,
            ")"
        ));
    }
    return statements;
}

std::vector<Migration> Migrations(const Features& features, const Replication& replication) {
    std::vector<Migration> migrations{
        State(replication), Events(replication), Receipts(replication), Views()};
    for (Migration& migration : migrations) {
        for (std::string& sql : migration.up) sql = InDialect(sql, features);
        for (std::string& sql : migration.down) sql = InDialect(sql, features);
    }
    return migrations;
}

}  // namespace mp::storage::clickhouse
