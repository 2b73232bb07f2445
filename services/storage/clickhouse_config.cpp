#include "storage/clickhouse_config.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/url.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;
using config::Between;
using config::Reader;

constexpr uint16_t kClickHousePort = 8123;

bool IsWord(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// It is written into queries as it is.
std::optional<std::string> DatabaseName(const std::string& name) {
    const bool plain = std::all_of(name.begin(), name.end(), IsWord);
    if (plain && !name.empty() && (name[0] < '0' || name[0] > '9')) return std::nullopt;
    return "must be letters, digits and _, not beginning with a digit";
}

std::optional<std::string> ClusterName(const std::string& name) {
    return name.empty() ? std::nullopt : DatabaseName(name);
}

std::optional<std::string> KeeperPath(const std::string& path) {
    const bool plain = std::all_of(path.begin(), path.end(), [](char c) {
        return IsWord(c) || c == '/' || c == '-';
    });
    if (plain && path.starts_with("/") && !path.ends_with("/")) return std::nullopt;
    return "must be a path such as /marketprism";
}

std::string UrlOf(Reader& reader, std::string_view key, const ClickHouseAddress& address) {
    const Result<std::string> url = HttpUrlOf(address);
    if (url.ok()) return *url;
    reader.Fail(key, std::string(url.status().message()));
    return address.url;
}

std::vector<std::string> ReadReplicas(Reader& reader) {
    std::vector<std::string> urls;
    reader.Get("replicas", &urls);
    for (std::string& url : urls) url = UrlOf(reader, "replicas", {url, "", 0});
    return urls;
}

clickhouse::ShardConfig ReadShard(const std::string& name, Reader& reader) {
    clickhouse::ShardConfig shard;
    shard.name = name;
    if (!std::all_of(name.begin(), name.end(), IsWord)) {
        reader.Fail("url", "the name of a shard must be letters, digits and _");
    }
    std::string url;
    reader.Require("url", &url, config::NotEmpty());
    shard.url = UrlOf(reader, "url", {url, "", 0});
    shard.replicas = ReadReplicas(reader);
    return shard;
}

// Two parts of a store on one server and in one database would be the same tables.
void CheckDistinct(Reader& reader, const clickhouse::Topology& topology) {
    std::set<std::string> urls;
    for (const clickhouse::ShardConfig& shard : topology.shards) {
        std::vector<std::string> all = shard.replicas;
        all.push_back(shard.url);
        for (const std::string& url : all) {
            if (!urls.insert(url).second) reader.Fail("shards", url + " is named twice");
        }
    }
}

void ReadTopology(Reader& reader, const std::string& url, clickhouse::Topology* topology) {
    topology->shards.clear();
    reader.ForEach("shards", [&](const std::string& name, Reader& entry) {
        topology->shards.push_back(ReadShard(name, entry));
    });
    std::vector<std::string> replicas = ReadReplicas(reader);
    if (topology->shards.empty()) {
        topology->shards.push_back({"main", url, std::move(replicas)});
    } else if (!replicas.empty()) {
        reader.Fail("replicas", "each of clickhouse.shards names its own");
    }
    CheckDistinct(reader, *topology);
    reader.Get("cluster", &topology->cluster, ClusterName);
    reader.Get("keeper_path", &topology->keeper_path, KeeperPath);
    reader.Get("watch_replicas_every", &topology->watch_every, Between(100ms, 60'000ms));
}

void ReadPool(Reader reader, clickhouse::ClientConfig* server) {
    reader.Get("size", &server->pool_size, Between(1, 1000));
    reader.Get("overflow", &server->pool_overflow, Between(0, 1000));
    reader.Get("recycle", &server->pool_recycle, Between(1s, 86'400s));
}

}  // namespace

Result<std::string> HttpUrlOf(const ClickHouseAddress& address) {
    const std::string port =
        std::to_string(address.http_port == 0 ? kClickHousePort : address.http_port);
    if (address.url.empty()) {
        const std::string host = address.host.empty() ? "127.0.0.1" : address.host;
        return "http://" + host + ":" + port;
    }
    constexpr std::string_view kNative = "clickhouse://";
    const bool native = address.url.starts_with(kNative);
    const std::string http = native ? "http://" + address.url.substr(kNative.size()) : address.url;
    const Result<net::Url> url = net::ParseUrl(http);
    if (!url.ok()) return Annotate(url.status(), "clickhouse.url");
    if (url->websocket()) return absl::InvalidArgumentError("must be http, https or clickhouse");
    net::Url there = *url;
    if (native) there.port = address.http_port == 0 ? kClickHousePort : address.http_port;
    return there.scheme + "://" + there.Authority();
}

void ReadClickHouse(config::Reader& reader, ClickHouseConfig* config) {
    ClickHouseAddress address;
    address.host = "127.0.0.1";
    reader.Get("url", &address.url);
    reader.Get("host", &address.host);
    uint16_t native_port = 9000;  // of whoever speaks the native protocol; not used
    reader.Get("port", &native_port);
    reader.Get("http_port", &address.http_port);
    clickhouse::ClientConfig& server = config->server;
    server.url = UrlOf(reader, "url", address);
    reader.Get("database", &server.database, DatabaseName);
    reader.Get("user", &server.user);
    reader.GetSecret("password", &server.password);
    reader.Get("connect_timeout", &server.connect_timeout, Between(100ms, 60'000ms));
    reader.Get("request_timeout", &server.request_timeout, Between(1000ms, 600'000ms));
    reader.Get("compress", &server.compress);
    reader.Replaced("max_connections", "clickhouse.pool.size and clickhouse.pool.overflow");
    ReadPool(reader.Section("pool"), &server);
    ReadTopology(reader, server.url, &config->topology);
}

}  // namespace mp::storage
