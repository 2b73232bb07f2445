#pragma once
// A ConnectionConfig as the C client wants it.

#include <memory>

#include "base/status.hpp"
#include "bus/connection.hpp"
#include "bus/detail/broker_tls.hpp"
#include "bus/detail/cnats.hpp"

namespace mp::bus::detail {

struct OptionsFree {
    void operator()(natsOptions* options) const noexcept { natsOptions_Destroy(options); }
};
using Options = std::unique_ptr<natsOptions, OptionsFree>;

// InvalidArgument for what can never work: a bad URL, a missing file. `tls` null: see Connection.
Result<Options> MakeOptions(
    const ConnectionConfig& config, const std::shared_ptr<BrokerTls>& tls = nullptr
);

// The pause before the `attempt`-th try (from 1) to reconnect: doubles, the upper half random.
std::chrono::milliseconds ReconnectDelay(const ConnectionConfig& config, int attempt);

}  // namespace mp::bus::detail
