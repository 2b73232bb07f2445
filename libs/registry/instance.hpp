#pragma once
// Who takes part: one entry an instance in bucket `registry`, as marketprism.v1.ServiceInstance.

#include <cstdint>
#include <string>
#include <string_view>

#include "config/service_config.hpp"
#include "marketprism/v1/registry.pb.h"

namespace mp::registry {

using Instance = marketprism::v1::ServiceInstance;

inline constexpr char kGateway[] = "api-gateway-service";
inline constexpr char kCollector[] = "market-data-collector";
inline constexpr char kStorage[] = "data-storage-service";
inline constexpr char kScheduler[] = "scheduler-service";

// The registry's name of a service: "api-gateway" -> "api-gateway-service", others unchanged.
std::string_view CanonicalService(std::string_view name);

// The entry of this process: what its configuration says of it, and the ports that it has.
Instance SelfOf(const config::ServiceConfig& service, uint16_t http_port, uint16_t grpc_port);

// "<service>.<instance>", the instance encoded where the bucket's grammar wants it.
std::string InstanceKey(std::string_view service, std::string_view instance);

}  // namespace mp::registry
