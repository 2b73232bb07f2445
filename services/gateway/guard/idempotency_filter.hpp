#pragma once
// Makes a POST with an Idempotency-Key happen once: a repeat gets the first answer for 24 hours.
// After an error it is tried again. An error may hide that it happened (a broker that stopped in
// between): what a POST makes has its id from caller, key and request, so that the repeat makes the
// same thing. One io_context thread; the store outlives the router.

#include <string>

#include "gateway/guard/caller.hpp"
#include "net/http_message.hpp"
#include "net/router.hpp"
#include "reliability/idempotency_store.hpp"
#include "runtime/channel.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

class IdempotencyFilter {
  public:
    IdempotencyFilter(reliability::IdempotencyStore& store, const Callers& callers)
        : store_(store), callers_(callers) {}

    // Goes inside the AnswerFilter.
    net::HttpFilter AsFilter();

    // Frees keys whose requests ended without an answer that stays, again and again where the
    // broker is away; until cancelled.
    Task<> Run();

  private:
    // Gives a reservation to Run unless somebody took it before.
    class Held;

    Task<net::HttpResponse> Handle(const net::HttpRequest& request, const net::HttpHandler& next);

    reliability::IdempotencyStore& store_;
    const Callers& callers_;
    // Beyond the bound a key frees itself with time.
    runtime::Channel<reliability::IdempotencyStore::Reservation> ended_{1000};
};

// The id of the task that a POST makes: the same for its repeats under one key by one caller; empty
// where it has no key.
std::string TaskIdFor(const Callers& callers, const net::HttpRequest& request);

}  // namespace mp::gateway
