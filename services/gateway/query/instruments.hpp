#pragma once
// The instruments that the store knows, by either of their names, kept in memory and asked for anew
// when a name is not among them. One io_context thread; the upstream outlives it.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "marketprism/v1/query.pb.h"
#include "model/instrument.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

class Instruments {
  public:
    // Lists everything the store knows.
    using Loader = std::function<Task<Result<marketprism::v1::ListInstrumentsResponse>>(
        marketprism::v1::ListInstrumentsRequest, Deadline
    )>;

    explicit Instruments(Loader loader, const Clock& clock = DefaultClock())
        : loader_(std::move(loader)), clock_(clock) {}

    // Completes a name as a client gave it (symbol canonical or the venue's, market maybe missing).
    // NotFound where nobody has heard of it; InvalidArgument "market: ..." where it is ambiguous.
    Task<Status> Resolve(marketprism::v1::Instrument& instrument, Deadline deadline);

    // The one that is meant, where it is known already.
    std::optional<model::Instrument> Known(const marketprism::v1::Instrument& wanted) const;

    // Also learned from the live stream.
    void Add(const model::Instrument& instrument);

    size_t size() const { return known_.size(); }

  private:
    using Found = std::vector<const model::Instrument*>;

    Found Find(const marketprism::v1::Instrument& wanted) const;
    Task<Status> Refresh(Deadline deadline);
    Task<Status> Load(Deadline deadline);

    // An unknown name must not turn into a storm of listings.
    static constexpr std::chrono::nanoseconds kMinRefresh = std::chrono::milliseconds(250);

    Loader loader_;
    const Clock& clock_;
    std::unordered_map<model::Instrument, bool> known_;  // stable addresses
    std::unordered_multimap<std::string, const model::Instrument*>
        by_symbol_;  // "exchange|symbol", both symbols
    std::optional<Nanos> refreshed_;
    bool refreshing_ = false;
    Status outcome_;  // of the last refresh
    runtime::Condition refresh_done_;
};

}  // namespace mp::gateway
