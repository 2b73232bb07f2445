#include "bus/detail/options.hpp"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>
#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "bus/config.hpp"

namespace mp::bus::detail {
namespace {

constexpr int kReadBytes = 256 << 10;  // of one read from the socket

// Collects the first error of many calls.
class Setter {
  public:
    void Call(natsStatus status, const std::string& what) {
        if (status != NATS_OK) Fail(what + ": " + natsStatus_GetText(status));
    }
    void File(const std::string& path, const std::string& what) {
        if (access(path.c_str(), R_OK) != 0) Fail(what + " '" + path + "' cannot be read");
    }
    void Fail(const std::string& what) {
        if (first_.ok()) first_ = absl::InvalidArgumentError("bus: " + what);
    }
    const Status& status() const { return first_; }

  private:
    Status first_;
};

void SetServers(natsOptions* options, const std::string& url, Setter& set) {
    // The library takes anything, and then never connects.
    if (const auto wrong = CheckUrl(url)) return set.Fail("url " + *wrong);
    std::vector<std::string> servers = absl::StrSplit(url, ',', absl::SkipWhitespace());
    for (std::string& server : servers) absl::StripAsciiWhitespace(&server);
    std::vector<const char*> pointers;
    pointers.reserve(servers.size());
    for (const std::string& server : servers) pointers.push_back(server.c_str());
    const int count = static_cast<int>(pointers.size());
    set.Call(natsOptions_SetServers(options, pointers.data(), count), "url");
}

void SetCredentials(natsOptions* options, const ConnectionConfig& config, Setter& set) {
    if (!config.user.empty()) {
        const char* password = config.password.c_str();
        set.Call(natsOptions_SetUserInfo(options, config.user.c_str(), password), "user");
    }
    if (!config.token.empty()) {
        set.Call(natsOptions_SetToken(options, config.token.c_str()), "token");
    }
    if (!config.credentials_file.empty()) {
        set.File(config.credentials_file, "credentials file");
        const char* file = config.credentials_file.c_str();
        set.Call(
            natsOptions_SetUserCredentialsFromFiles(options, file, nullptr), "credentials file"
        );
    }
}

bool WantsTls(const std::string& urls) {
    return urls.find("tls://") != std::string::npos;
}

}  // namespace

Result<Options> MakeOptions(const ConnectionConfig& config, const std::shared_ptr<BrokerTls>& tls) {
    natsOptions* raw = nullptr;
    if (const natsStatus created = natsOptions_Create(&raw); created != NATS_OK) {
        return FromNats(created, "bus: options");
    }
    Options options(raw);
    Setter set;
    SetServers(raw, config.url, set);
    SetCredentials(raw, config, set);
    if (WantsTls(config.url)) set.Call(BrokerTls::Install(tls, raw), "tls");
    if (!config.name.empty()) set.Call(natsOptions_SetName(raw, config.name.c_str()), "name");
    set.Call(natsOptions_SetTimeout(raw, config.connect_timeout.count()), "connect timeout");
    set.Call(natsOptions_SetPingInterval(raw, config.ping_interval.count()), "ping interval");
    set.Call(natsOptions_SetMaxPingsOut(raw, 2), "pings");
    set.Call(natsOptions_SetAllowReconnect(raw, true), "reconnect");
    set.Call(natsOptions_SetMaxReconnect(raw, -1), "reconnect");
    set.Call(natsOptions_SetReconnectBufSize(raw, 1), "reconnect buffer");
    set.Call(natsOptions_SetSendAsap(raw, true), "send at once");
    set.Call(natsOptions_SetIOBufSize(raw, kReadBytes), "buffer");
    if (!set.status().ok()) return set.status();
    return options;
}

std::chrono::milliseconds ReconnectDelay(const ConnectionConfig& config, int attempt) {
    const int doublings = std::clamp(attempt - 1, 0, 20);
    const auto ceiling = std::min(config.reconnect_max, config.reconnect_min * (1 << doublings));
    thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<int64_t> upper_half(ceiling.count() / 2, ceiling.count());
    return std::chrono::milliseconds(upper_half(random));
}

}  // namespace mp::bus::detail
