#pragma once
// Makes a POST with an Idempotency-Key happen once: a repeat gets the first answer for 24 hours.
// One io_context thread; the store outlives the router.

#include "gateway/guard/caller.hpp"
#include "net/http_message.hpp"
#include "net/router.hpp"
#include "reliability/idempotency_store.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

class IdempotencyFilter {
  public:
    IdempotencyFilter(reliability::IdempotencyStore& store, const Callers& callers)
        : store_(store), callers_(callers) {}

    // Goes inside the AnswerFilter.
    net::HttpFilter AsFilter();

  private:
    Task<net::HttpResponse> Handle(const net::HttpRequest& request, const net::HttpHandler& next);

    reliability::IdempotencyStore& store_;
    const Callers& callers_;
};

}  // namespace mp::gateway
