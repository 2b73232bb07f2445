#pragma once
// Task `cache_warmup`: asks, as a client would, for what clients ask for most, so that the answers
// are in memory: the 100 most traded instruments (by the quote volume of their newest ticker), each
// with its metadata and its newest quote. Result {"instruments":n}. Also done once at the start.

#include <functional>
#include <string>
#include <vector>

#include "gateway/query/history.hpp"
#include "gateway/rest/rest_face.hpp"
#include "runtime/task.hpp"
#include "tasks/worker_pool.hpp"

namespace mp::gateway {

class CacheWarmup {
  public:
    static constexpr size_t kInstruments = 100;

    // Both outlive it.
    CacheWarmup(History& history, RestFace& rest) : history_(history), rest_(rest) {}

    Task<Result<std::string>> Run(tasks::TaskContext& context);

    // As soon as there is a store; never fails.
    Task<Status> AtStart(registry::Directory& directory);

  private:
    using Progress = std::function<void(double)>;

    // How many instruments were warmed.
    Task<Result<size_t>> Warm(Progress progress, RequestContext context);
    struct Traded {
        pb::Instrument instrument;
        Decimal quote_volume;
    };

    Task<Result<std::vector<Traded>>> MostTraded(RequestContext context);
    Task<Result<Decimal>> QuoteVolume(pb::Instrument instrument, RequestContext context);

    History& history_;
    RestFace& rest_;
};

}  // namespace mp::gateway
