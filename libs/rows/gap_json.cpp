#include "rows/gap_json.hpp"

namespace mp::rows {

void WriteGap(const marketprism::v1::Gap& gap, JsonWriter& json) {
    const bool final = gap.state() == marketprism::v1::COVERAGE_STATE_UNREPAIRABLE;
    json.BeginObject();
    json.Key("from");
    json.Time(gap.from_ts());
    json.Key("to");
    json.Time(gap.to_ts());
    json.Field("state", final ? "unrepairable" : "open");
    json.Field("reason", gap.reason());
    if (gap.has_missing()) json.Key("missing"), json.Number(gap.missing());
    json.EndObject();
}

}  // namespace mp::rows
