#include "gateway/guard/admission.hpp"

#include <utility>

namespace mp::gateway {

Admission::Admission(const Callers& callers, std::string_view credential)
    : callers_(&callers),
      credential_(credential),
      seen_(callers.changes()),
      caller_(callers.Identify(credential)),
      status_(caller_.status()) {}

const Status& Admission::Check() {
    const uint64_t changes = callers_->changes();
    if (std::exchange(seen_, changes) != changes) {
        status_ = callers_->Identify(credential_).status();
    }
    return status_;
}

}  // namespace mp::gateway
