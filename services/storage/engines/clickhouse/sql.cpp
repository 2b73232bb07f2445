#include "storage/engines/clickhouse/sql.hpp"

#include "base/big_endian.hpp"
#include "storage/engines/clickhouse/migrations.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

constexpr size_t kFixedKey = AppendBatch::kIdentityOffset;

}  // namespace

std::string Literal(std::string_view text) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out = "'";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\'' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "\\x";
            out += kDigits[byte >> 4];
            out += kDigits[byte & 15];
        } else {
            out += c;
        }
    }
    out += '\'';
    return out;
}

std::string IsInstrument(const model::Instrument& instrument) {
    return Concat(
        "exchange = ",
        Literal(instrument.exchange),
        " AND market = '",
        model::ToString(instrument.market),
        "' AND symbol = ",
        Literal(instrument.symbol)
    );
}

std::string IsBetween(Nanos from, Nanos to) {
    return Concat("order_ts >= ", from, " AND order_ts <= ", to);
}

std::string IsBehind(std::string_view key, Direction direction) {
    // A key that is cut short stands in front of all that begin with it.
    std::string full(key);
    const bool cut = full.size() < kFixedKey;
    if (cut) full.resize(kFixedKey, '\0');
    const Nanos order_ts = ReadSortable(full);
    const uint64_t sequence = ReadBigEndian64(std::string_view(full).substr(sizeof(Nanos)));
    const std::string identity = Literal(std::string_view(full).substr(kFixedKey));
    const bool forward = direction == Direction::kForward;
    const std::string_view than = forward ? ">" : "<";
    return Concat(
        "order_ts ",
        than,
        "= ",
        order_ts,
        " AND (order_ts ",
        than,
        " ",
        order_ts,
        " OR sequence ",
        than,
        " ",
        sequence,
        " OR (sequence = ",
        sequence,
        " AND identity ",
        than,
        forward && cut ? "= " : " ",
        identity,
        "))"
    );
}

std::string CountingRows(
    model::DataType type, std::string_view columns, std::string_view condition, Direction direction
) {
    const std::string_view way = direction == Direction::kForward ? "" : " DESC";
    return Concat(
        "SELECT ",
        columns,
        " FROM (SELECT ",
        columns,
        ", deleted FROM ",
        RowsTable(type),
        " PREWHERE ",
        condition,
        " ORDER BY order_ts",
        way,
        ", sequence",
        way,
        ", identity",
        way,
        ", revision DESC LIMIT 1 BY order_ts, sequence, identity) WHERE deleted = 0"
    );
}

std::string CountingRowsOfMany(
    model::DataType type, std::string_view columns, std::string_view condition
) {
    return Concat(
        "SELECT instrument, ",
        columns,
        " FROM (SELECT "
        "concat(CAST(exchange AS String), '|', CAST(market AS String), '|', "
        "CAST(symbol AS String)) AS instrument, ",
        columns,
        ", deleted FROM ",
        RowsTable(type),
        " PREWHERE ",
        condition,
        " ORDER BY exchange, market, symbol, order_ts, sequence, identity, revision DESC "
        "LIMIT 1 BY exchange, market, symbol, order_ts, sequence, identity) WHERE deleted = 0"
    );
}

}  // namespace mp::storage::clickhouse
