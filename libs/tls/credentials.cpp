#include "tls/credentials.hpp"

#include <utility>

#include "runtime/sleep.hpp"
#include "runtime/thread.hpp"
#include "telemetry/logging.hpp"

namespace mp::tls {
namespace {

const telemetry::Logger kLog{"tls"};

double Seconds(Nanos time) {
    return static_cast<double>(time) / static_cast<double>(kSecond);
}

}  // namespace

Credentials::Credentials(Config config, telemetry::MetricRegistry& metrics)
    : config_(std::move(config)),
      current_(config_.material ? config_.material : std::make_shared<const Material>()) {
    expiry_ = metrics.Gauges(
        "marketprism_tls_certificate_expiry_timestamp_seconds",
        "When the certificate in use expires, Unix time.",
        {"certificate"}
    );
    const telemetry::CounterFamily reloads = metrics.Counters(
        "marketprism_tls_reloads_total", "Replaced certificate files.", {"outcome"}
    );
    taken_ = reloads.With({"taken"});
    refusals_ = reloads.With({"refused"});
    files_refused_ = metrics.MakeGauge(
        "marketprism_tls_files_refused",
        "1 while the certificate files hold what cannot be used, and the old is in use."
    );
    ShowExpiry(*Current());
}

std::shared_ptr<const Material> Credentials::Current() const {
    const MutexLock lock(mutex_);
    return current_;
}

net::ClientCertificates Credentials::clients() const {
    return config_.clients;
}

void Credentials::OnChange(std::function<void(const Material&)> listener) {
    listeners_.push_back(std::move(listener));
}

Task<Status> Credentials::Run() {
    if (config_.files.empty()) co_return OkStatus();
    for (;;) {
        co_await runtime::Sleep(config_.check_every);
        co_await Check();
    }
}

Task<> Credentials::Check() {
    const auto found = std::make_shared<Loaded>();
    const std::function<Status(std::stop_token)> load = [found,
                                                         files = config_.files](std::stop_token) {
        *found = Load(files, DefaultClock().Now());
        return OkStatus();
    };
    const Status loaded = co_await runtime::RunOnThread("tls-files", load);
    if (!loaded.ok()) co_return;
    if (found->material.SameFilesAs(*Current())) {
        refused_ = false;
        files_refused_.Set(0);
    } else if (found->faults.empty()) {
        Take(std::move(found->material));
    } else {
        Refuse(*found);
    }
}

void Credentials::Take(Material fresh) {
    auto taken = std::make_shared<const Material>(std::move(fresh));
    {
        const MutexLock lock(mutex_);
        current_ = taken;
    }
    refused_ = false;
    files_refused_.Set(0);
    taken_.Add();
    ShowExpiry(*taken);
    kLog.Info(
        "new certificates are in use",
        {{"expires", taken->certificate_expires ? FormatTime(*taken->certificate_expires) : ""}}
    );
    for (const auto& listener : listeners_) listener(*taken);
}

// A certificate is often replaced a moment before its key: only what stays is refused.
void Credentials::Refuse(const Loaded& loaded) {
    const bool settled = loaded.material.SameFilesAs(last_seen_);
    if (!settled) {
        last_seen_ = loaded.material;
        refused_ = false;
        return;
    }
    if (std::exchange(refused_, true)) return;
    refusals_.Add();
    files_refused_.Set(1);
    kLog.Error("certificate files refused, the old ones stay", {{"reason", loaded.status()}});
}

void Credentials::ShowExpiry(const Material& material) {
    if (material.certificate_expires) {
        expiry_.With({"own"}).Set(Seconds(*material.certificate_expires));
    }
    if (material.ca_expires) expiry_.With({"ca"}).Set(Seconds(*material.ca_expires));
}

}  // namespace mp::tls
