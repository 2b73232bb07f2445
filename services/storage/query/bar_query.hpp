#pragma once
// Bars computed from trades, of whatever kind of interval.

#include <memory>

#include "storage/query/query_context.hpp"

namespace mp::storage {

inline constexpr uint32_t kMaxBars = 10'000;

class BarQuery {
  public:
    virtual ~BarQuery() = default;

    // InvalidArgument names the field, NotFound the instrument. The context's engine outlives it.
    static Result<std::unique_ptr<BarQuery>> Make(
        QueryContext context, const pb::QueryCandlesRequest& request
    );

    // A piece of the work; true when the answer is ready.
    virtual Result<bool> Step() = 0;
    virtual Result<pb::QueryCandlesResponse> Answer() = 0;
};

// What a question about bars says beside its interval. InvalidArgument names the field.
struct BarQuestion {
    model::Series series;  // of the trades
    std::optional<Nanos> start;
    std::optional<Nanos> end;
    uint32_t limit = kMaxBars;
    std::string cursor;
};
Result<BarQuestion> ReadBarQuestion(
    const SeriesReader& engine, const pb::QueryCandlesRequest& request
);

}  // namespace mp::storage
