#pragma once
// Section bus of every service's configuration, as far as all four share it.

#include <optional>
#include <string>

#include "bus/connection.hpp"
#include "config/reader.hpp"

namespace mp::bus {

// url, user, password, token, credentials_file; and replicas, of the streams and buckets that the
// service makes.
void Read(config::Reader& section, ConnectionConfig* connection, int* replicas);

// A config check: what is wrong with a URL of brokers, or with one of several that commas separate.
// Each is [nats://|tls://][user[:password]@]host[:port], with a scheme or a port.
std::optional<std::string> CheckUrl(const std::string& urls);

}  // namespace mp::bus
