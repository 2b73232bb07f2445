#pragma once
// The other services, as the registry lists them or the configuration names them by URL. One
// io_context thread; the bus, the registry of metrics and the certificates outlive it.

#include "bus/connection.hpp"
#include "bus/kv_bucket.hpp"
#include "gateway/config.hpp"
#include "gateway/query/control.hpp"
#include "gateway/query/history.hpp"
#include "gateway/upstream/url_upstreams.hpp"
#include "net/http_client.hpp"
#include "registry/directory.hpp"
#include "rpc/dispatcher.hpp"
#include "telemetry/metric_registry.hpp"
#include "tls/http.hpp"

namespace mp::gateway {

struct Upstreams {
    Upstreams(
        Executor executor,
        const Config& config,
        bus::Connection& bus,
        telemetry::MetricRegistry& metrics,
        tls::Credentials& tls
    )
        : bucket(bus, "registry"),
          directory(
              bucket,
              {.reachable = [&bus] { return bus.state().connected; },
               .self = registry::InstanceKey(registry::kGateway, config.service.instance),
               .zone = config.service.zone}
          ),
          dispatcher(executor),
          http(executor, {.tls = tls::ClientTls(tls)}),
          by_url(http, directory, NamedByUrl(config)),
          storage(registry::kStorage, config.upstream, dispatcher, directory, metrics, &tls),
          scheduler(registry::kScheduler, config.upstream, dispatcher, directory, metrics, &tls),
          collector(registry::kCollector, config.upstream, dispatcher, directory, metrics, &tls) {}

    bus::KvBucket bucket;
    registry::Directory directory;
    rpc::Dispatcher dispatcher;
    net::HttpClient http;
    UrlUpstreams by_url;
    StorageUpstream storage;
    SchedulerUpstream scheduler;
    CollectorUpstream collector;
};

}  // namespace mp::gateway
