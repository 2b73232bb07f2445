#pragma once
// The certificates of a process, taken anew from their files while it runs. Everything that speaks
// TLS asks for the current ones when a connection is made; connections that are open live on.
//
// Replaced files are looked at every tls.check_every. What cannot be used is refused, logged and
// counted, and the old stays in use; files that are being written are given until the next look.
// Current() from any thread; the rest on the executor that Run() runs on. Outlives whatever was
// given it.

#include <functional>
#include <memory>
#include <vector>

#include "base/mutex.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "runtime/task.hpp"
#include "telemetry/metric_registry.hpp"
#include "tls/config.hpp"

namespace mp::tls {

class Credentials {
  public:
    // `config` as Read() leaves it without errors.
    Credentials(Config config, telemetry::MetricRegistry& metrics);
    Credentials(const Credentials&) = delete;
    Credentials& operator=(const Credentials&) = delete;

    // Never null. Another object after every change, so that it tells old from new.
    std::shared_ptr<const Material> Current() const ABSL_LOCKS_EXCLUDED(mutex_);

    // Whether this process has a certificate: its ports speak TLS, and so do its calls to others.
    bool serves() const { return !config_.files.certificate.empty(); }
    // Whose certificates its ports ask for.
    net::ClientCertificates clients() const;
    const Config& config() const { return config_; }

    // Called after every change, for as long as this object lives.
    void OnChange(std::function<void(const Material&)> listener);

    // Looks for changes until cancelled; ends at once where no file is named.
    Task<Status> Run();
    // One look.
    Task<> Check();

  private:
    void Take(Material fresh);
    void Refuse(const Loaded& loaded);
    void ShowExpiry(const Material& material);

    const Config config_;
    mutable Mutex mutex_;
    std::shared_ptr<const Material> current_ ABSL_GUARDED_BY(mutex_);
    Material last_seen_;    // of the look before, where that could not be used
    bool refused_ = false;  // and has been said
    std::vector<std::function<void(const Material&)>> listeners_;
    telemetry::GaugeFamily expiry_;
    telemetry::Counter taken_;
    telemetry::Counter refusals_;
    telemetry::Gauge files_refused_;
};

}  // namespace mp::tls
