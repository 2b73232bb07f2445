#pragma once
// The certificates of a connection to the broker. The client library loads certificates once, when
// its options are made; here every handshake takes those that are current.

#include <memory>
#include <string>

#include "base/mutex.hpp"
#include "bus/detail/cnats.hpp"
#include "tls/credentials.hpp"

namespace mp::bus::detail {

// Thread-safe: handshakes are on threads of the library.
class BrokerTls {
  public:
    // `credentials` null: the system's CAs and no certificate of our own. It outlives this object,
    // or LetGo() comes before its end.
    explicit BrokerTls(const tls::Credentials* credentials) : credentials_(credentials) {}

    // Makes connections with these options secure.
    static natsStatus Install(const std::shared_ptr<BrokerTls>& tls, natsOptions* options);

    // Later handshakes fail.
    void LetGo();

    // Why the last handshake failed: ": the broker's certificate (/CN=broker) is not accepted:
    // unable to get local issuer certificate", ": the broker refuses us: bad certificate". Empty:
    // it did not, or for other reasons.
    std::string WhyRefused() const;
    void Forget();

    // For the callbacks. Null: the system's CAs. `gone`: LetGo() was called.
    std::shared_ptr<const tls::Material> Current(bool& gone) const;
    void SetRefused(std::string why);

  private:
    mutable Mutex mutex_;
    const tls::Credentials* credentials_ ABSL_GUARDED_BY(mutex_);
    bool gone_ ABSL_GUARDED_BY(mutex_) = false;
    std::string refused_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mp::bus::detail
