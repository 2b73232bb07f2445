#pragma once
// A gRPC server that does nothing but answer, of the same kind as the gateway's (callback API).
// Runs on gRPC's threads until destroyed.

#include <cstdint>
#include <memory>

namespace mp::bench {

class BareGrpc {
  public:
    // Any free port on loopback; aborts where there is none.
    BareGrpc();
    ~BareGrpc();

    uint16_t port() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace mp::bench
