#pragma once
// Whether the caller of something that lasts, a stream, may still have it. One io_context thread;
// the callers outlive it.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "gateway/guard/caller.hpp"

namespace mp::gateway {

class Admission {
  public:
    // `credential` as Callers::Identify takes it.
    Admission(const Callers& callers, std::string_view credential);

    // Who it was at the beginning.
    const Result<Caller>& caller() const { return caller_; }

    // Unauthenticated once the key has been revoked. Cheap while no key has changed.
    const Status& Check();

  private:
    const Callers* callers_;
    std::string credential_;
    uint64_t seen_;  // changes of the keys
    Result<Caller> caller_;
    Status status_;
};

}  // namespace mp::gateway
