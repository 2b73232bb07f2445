#pragma once
// REST: every route of the table (api/route.hpp) as a handler over the query layer. One io_context
// thread; everything referenced outlives the router.

#include "gateway/api/route.hpp"
#include "gateway/guard/caller.hpp"
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
    // `load_timeout`: of what an answer is made from; it may outlive who asked first.
    RestFace(
        History& history,
        Control& control,
        const registry::Directory& directory,
        AnswerCache& cache,
        const Callers& callers,
        Duration load_timeout
    )
        : history_(history),
          control_(control),
          directory_(directory),
          cache_(cache),
          callers_(callers),
          load_timeout_(load_timeout) {}

    // Adds all routes, and /openapi.json.
    void Mount(net::Router& router);

    // Asks for an instrument's metadata and its newest quote, so that the answers are kept.
    Task<Status> Warm(const pb::Instrument& instrument, RequestContext context);

  private:
    Task<Result<SharedAnswer>> Cached(
        const Route& route, Arguments arguments, RequestContext context
    );
    void Canonicalise(Arguments& arguments) const;
    Task<net::HttpResponse> Handle(const Route& route, const net::HttpRequest& request);
    Task<net::HttpResponse> Respond(
        const Route& route, const net::HttpRequest& request, RequestContext context
    );
    // The answer in the format asked for.
    Task<Result<Answer>> Read(const Route& route, Arguments arguments, RequestContext context);
    Task<Result<std::string>> Change(
        const Route& route, const net::HttpRequest& request, RequestContext context
    );

    Task<Result<Answer>> Events(
        Operation operation, const Arguments& arguments, RequestContext context
    );
    Task<Result<Answer>> Klines(const Arguments& arguments, RequestContext context);
    Task<Result<Answer>> OrderBook(const Arguments& arguments, RequestContext context);
    Task<Result<Answer>> Bbo(const Arguments& arguments, RequestContext context);
    Task<Result<Answer>> Candles(const Arguments& arguments, RequestContext context);
    Task<Result<Answer>> Coverage(const Arguments& arguments, RequestContext context);
    Task<Result<Answer>> ListInstruments(const Arguments& arguments, RequestContext context);
    std::string Services() const;

    History& history_;
    Control& control_;
    const registry::Directory& directory_;
    AnswerCache& cache_;
    const Callers& callers_;
    const Duration load_timeout_;
};

}  // namespace mp::gateway
