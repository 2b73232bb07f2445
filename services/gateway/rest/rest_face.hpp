#pragma once
// REST: every route of the table (api/route.hpp) as a handler over the query layer. One io_context
// thread; everything referenced outlives the router.

#include "gateway/api/route.hpp"
#include "gateway/query/control.hpp"
#include "gateway/query/history.hpp"
#include "gateway/rest/answer_cache.hpp"
#include "net/http_message.hpp"
#include "net/router.hpp"
#include "registry/directory.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

class RestFace {
  public:
    RestFace(
        History& history, Control& control, const registry::Directory& directory, AnswerCache& cache
    )
        : history_(history), control_(control), directory_(directory), cache_(cache) {}

    // Adds all routes, and /openapi.json.
    void Mount(net::Router& router);

    // Asks for an instrument's metadata and its newest quote, so that the answers are kept.
    Task<Status> Warm(const pb::Instrument& instrument, Deadline deadline);

  private:
    Task<Result<Body>> Cached(const Route& route, const Arguments& arguments, Deadline deadline);
    Task<net::HttpResponse> Handle(const Route& route, const net::HttpRequest& request);
    Task<Result<std::string>> Read(const Route& route, Arguments arguments, Deadline deadline);
    Task<Result<std::string>> Change(const Route& route, const net::HttpRequest& request);

    Task<Result<std::string>> Events(
        Operation operation, const Arguments& arguments, Deadline deadline
    );
    Task<Result<std::string>> Klines(const Arguments& arguments, Deadline deadline);
    Task<Result<std::string>> OrderBook(const Arguments& arguments, Deadline deadline);
    Task<Result<std::string>> Bbo(const Arguments& arguments, Deadline deadline);
    Task<Result<std::string>> Candles(const Arguments& arguments, Deadline deadline);
    Task<Result<std::string>> Coverage(const Arguments& arguments, Deadline deadline);
    Task<Result<std::string>> ListInstruments(const Arguments& arguments, Deadline deadline);
    std::string Services() const;

    History& history_;
    Control& control_;
    const registry::Directory& directory_;
    AnswerCache& cache_;
};

}  // namespace mp::gateway
