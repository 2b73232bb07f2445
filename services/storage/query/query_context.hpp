#pragma once
// What every query works on, and the small parts that they share. Queries block, in steps of a few
// milliseconds: they run on a blocking pool, and between two steps the caller may give them up.

#include <absl/functional/function_ref.h>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "base/time.hpp"
#include "marketprism/v1/query.pb.h"
#include "model/coverage.hpp"
#include "model/instrument.hpp"
#include "storage/engine.hpp"

namespace mp::storage {

namespace pb = ::marketprism::v1;

struct QueryContext {
    const SeriesReader& engine;
    const Clock& clock = DefaultClock();
    // Whether everything that the stream delivered so far is committed, without holes.
    std::function<bool()> settled = [] { return true; };
};

// Rows that a query may read or pass over before its thread is given free.
inline constexpr size_t kRowsPerStep = 50'000;
// A chunk of rows that has become as large is sent.
inline constexpr size_t kMaxChunkBytes = 1u << 20;

// One message of a streamed answer, encoded.
struct Chunk {
    std::string bytes;
    bool last = false;
};

// A streamed answer in the making. Next is not called again after the last chunk or an error.
class ChunkSource {
  public:
    virtual ~ChunkSource() = default;
    virtual Result<Chunk> Next() = 0;
    // Lets go of what it holds of the engine between two chunks; Next goes on at the same place.
    virtual void Release() {}
};

// NotFound where no series of the instrument is stored.
Status CheckKnown(const SeriesReader& engine, const model::Instrument& instrument);

// Snapshots and metadata are states, not flows: nobody claims to have all of them.
constexpr bool IsFlow(model::DataType type) {
    return type != model::DataType::kBookSnapshot && type != model::DataType::kInstrument;
}

// InvalidArgument, naming the field, unless start <= end.
Status CheckInterval(std::optional<Nanos> start, std::optional<Nanos> end);

// Every stored claim about series of the instrument.
Status ForEachClaim(
    const SeriesReader& engine,
    const model::Instrument& instrument,
    absl::FunctionRef<void(const model::Coverage&)> each
);

// What stands claimed about a series at an instant. Taken before rows are read: an event that
// arrives meanwhile may be missing among them, and nothing claimed afterwards vouches for them.
struct Claims {
    model::CoverageSet coverage;
    Nanos at = 0;
    bool settled = false;  // QueryContext's
};
Result<Claims> LoadClaims(const QueryContext& context, const model::Series& series);

// The rows that an answer gave, as far as its coverage is concerned.
struct AnsweredRows {
    bool any = false;
    Nanos first = 0;  // order_ts
    Nanos last = 0;
    Nanos last_received = 0;
};

// What an answer can say about its interval. Where the question gave no end, that is now; for
// recorded data, which is received long after it happened, it is the last row. Where claims end a
// moment before now, theirs is the end: the newest events are never vouched for yet. Now is when
// the claims were taken.
struct AnsweredInterval {
    std::optional<Nanos> start;
    std::optional<Nanos> end;
    AnsweredRows rows;
    bool more = false;  // the page is not the last
};
pb::CoverageReport ReportCoverage(
    const Claims& claims, const model::Series& series, const AnsweredInterval& answered
);

}  // namespace mp::storage
