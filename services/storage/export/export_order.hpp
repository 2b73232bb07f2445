#pragma once
// What is to be exported, as a task says it. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "model/instrument.hpp"
#include "model/interval_set.hpp"

namespace mp::storage {

// Parquet is written by the engine's server, where it has one that does.
enum class ExportFormat : uint8_t { kCsv, kNdjson, kParquet };
enum class Compression : uint8_t { kNone, kGzip, kZstd };

// The series that have all that is named; a member that is absent matches any.
struct SeriesWish {
    std::optional<std::string> exchange;
    std::optional<model::Market> market;
    std::optional<std::string> symbol;  // canonical, or the venue's own
    std::optional<model::DataType> data_type;

    bool Matches(const model::Series& series) const;
};

struct ExportOrder {
    std::vector<SeriesWish> series;
    model::Interval time;  // of order_ts
    ExportFormat format = ExportFormat::kCsv;
    Compression compression = Compression::kNone;
    uint32_t rows_per_part = 0;
    // All of the above in one spelling: equal texts ask for the same.
    std::string request;
    std::string folder;  // one name, below the folder of exports

    // ".csv.gz"
    std::string Extension() const;
};

// Reads a payload {"series":[{"exchange","market","symbol","data_type"},...],"start","end",
// "format":"csv|ndjson|parquet","compression":"none|gz|zst","rows_per_part":n,"to":"name"}. `now`:
// what an interval must not reach beyond. InvalidArgument names the member.
Result<ExportOrder> ParseExportOrder(const std::string& payload, Nanos now);

}  // namespace mp::storage
