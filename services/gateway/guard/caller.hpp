#pragma once
// Who is asking: the key that a request carries, and what it may do.
//
// Without any key in the store, and only on a loopback address, everybody is the operator of their
// own machine. Beyond loopback the first start makes an admin key and prints it once; `insecure`
// switches that off, with a warning at every start. One io_context thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "auth/key_store.hpp"
#include "base/status.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

struct Caller {
    std::string user = "anonymous";  // key id; for limits and logs
    auth::Role role = auth::Role::kReader;

    // Whether no key was shown: the id of none is this name.
    bool anonymous() const { return user == "anonymous"; }
};

struct CallersConfig {
    std::string keys_path = ".run/keys.json";
    bool insecure = false;
    bool loopback_only = true;  // both ports listen on loopback
};

class Callers {
  public:
    explicit Callers(CallersConfig config);

    // Reads the keys; makes the first one where one is needed. Once, at start.
    Status Open(Nanos now);

    // Follows changes of the file until cancelled.
    Task<> Run();

    // `credential`: the text of X-API-Key, or of Authorization with or without "Bearer ". Empty:
    // none. Unauthenticated for a wrong key, or for none where keys are needed.
    Result<Caller> Identify(std::string_view credential) const;

    // Moves with every change of the keys.
    uint64_t changes() const { return keys_.changes(); }

    bool loopback_only() const { return config_.loopback_only; }

    // Whether callers without a key are let in.
    bool open() const { return config_.insecure || (config_.loopback_only && keys_.empty()); }

  private:
    const CallersConfig config_;
    auth::KeyStore keys_;
};

// PermissionDenied, naming the role that is needed.
Status CheckRole(const Caller& caller, auth::Role needed);

// "localhost" or an address of loopback, IPv6 without brackets; a name that begins like one is
// none.
bool IsLoopback(std::string_view host);

}  // namespace mp::gateway
