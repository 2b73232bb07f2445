#include "collector/config.hpp"

#include <chrono>
#include <string_view>

#include "bus/config.hpp"
#include "collector/venues/registry.hpp"
#include "collector/venues/universe.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;
using config::AtLeast;
using config::Between;
using config::NotEmpty;
using config::OneOf;

constexpr Duration kShortest = 1ms;

void ReadBus(config::Reader reader, BusConfig& bus) {
    bus::Read(reader, &bus.connection, &bus.replicas);
    reader.Get("shards", &bus.shards, Between(1, 1024));
    reader.GetBytes("stream_max_bytes", &bus.stream_max_bytes, AtLeast(uint64_t{1} << 20));
    reader.Get("startup_wait", &bus.startup_wait);
    reader.Get("max_in_flight", &bus.publisher.max_in_flight, Between(1, 65536));
    reader.GetBytes("max_in_flight_bytes", &bus.publisher.max_in_flight_bytes, AtLeast(65536u));
    reader.Get("ack_timeout", &bus.publisher.ack_timeout, AtLeast(10ms));
}

void ReadConnection(config::Reader reader, LinkConfig& link) {
    reader.Get("connect_timeout", &link.session.connect_timeout, AtLeast(kShortest));
    reader.Get("ack_timeout", &link.session.ack_timeout, AtLeast(kShortest));
    reader.GetBytes("max_message_bytes", &link.session.max_message_bytes, AtLeast(65536u));
    reader.Get("reconnect_min", &link.reconnect.base, AtLeast(kShortest));
    reader.Get("reconnect_max", &link.reconnect.max, AtLeast(kShortest));
    reader.Get("replace_before", &link.replace_before);
    reader.Get("overlap", &link.overlap);
    reader.Get("silence", &link.watchdog.connection_silence, AtLeast(kShortest));
    reader.Get("stream_warmup", &link.watchdog.warmup);
    reader.Get("stream_min_silence", &link.watchdog.min_silence, AtLeast(kShortest));
    reader.Get("stream_max_silence", &link.watchdog.max_silence, AtLeast(kShortest));
    reader.Get("recorded_clock", &link.session.recorded_clock);
}

void ReadRawCapture(config::Reader reader, RawCaptureConfig& capture) {
    std::string path;
    reader.Get("path", &path);
    capture.segments.path = path;
    reader.GetBytes("segment_bytes", &capture.segments.segment_bytes, AtLeast(uint64_t{1} << 16));
    reader.Get("segment_age", &capture.segments.segment_age, AtLeast(Duration(1s)));
    reader.GetBytes("max_bytes", &capture.segments.max_bytes, AtLeast(uint64_t{1} << 20));
    reader.Get("level", &capture.segments.level, Between(1, 19));
    reader.Get("flush_interval", &capture.flush_interval, AtLeast(kShortest));
    reader.GetBytes("max_pending_bytes", &capture.max_pending_bytes, AtLeast(uint64_t{1} << 20));
}

void ReadDataTypes(config::Reader& reader, VenueConfig& venue) {
    std::vector<std::string> names;
    reader.Require("data_types", &names, NotEmpty());
    const auto collected = CollectedTypes(venue);
    if (!collected.ok()) return reader.Fail("exchange", MessageOf(collected.status()));
    std::string offered;
    for (const model::DataType type : *collected) {
        offered.append(offered.empty() ? "" : ", ").append(model::ToString(type));
    }
    for (const std::string& name : names) {
        const auto type = model::ParseDataType(name);
        // These come by themselves: with the book, with the listings, with everything.
        if (type == model::DataType::kBookSnapshot || type == model::DataType::kInstrument ||
            type == model::DataType::kCoverage) {
            continue;
        }
        const bool known =
            type && std::find(collected->begin(), collected->end(), *type) != collected->end();
        if (known) {
            venue.data_types.push_back(*type);
        } else {
            reader.Fail("data_types", "no stream of " + name + " here; there are: " + offered);
        }
    }
}

void CheckRules(config::Reader& reader, const char* key, const std::vector<std::string>& rules) {
    for (const std::string& rule : rules) {
        if (const auto wrong = CheckRule(rule)) {
            reader.Fail(key, "no rule: \"" + rule + "\"; " + *wrong);
        }
    }
}

void ReadVenue(const std::string& name, config::Reader& reader, VenueConfig& venue) {
    venue.name = name;
    std::string market;
    reader.Require("exchange", &venue.exchange, NotEmpty());
    reader.Require("market", &market, OneOf({"spot", "linear", "inverse", "option"}));
    venue.market = model::ParseMarket(market).value_or(model::Market::kUnspecified);
    reader.Get("enabled", &venue.enabled);
    reader.Get("rest_url", &venue.rest_url, config::Url({"http", "https"}));
    reader.Get("ws_url", &venue.ws_url, config::Url({"ws", "wss"}));
    reader.Require("symbols", &venue.symbols, NotEmpty());
    reader.Get("exclude", &venue.exclude);
    CheckRules(reader, "symbols", venue.symbols);
    CheckRules(reader, "exclude", venue.exclude);
    reader.Get("trade_channel", &venue.trade_channel, OneOf({"trade", "aggTrade"}));
    reader.Get("max_requests_per_minute", &venue.max_requests_per_minute, Between(300, 1'000'000));
    reader.Get("snapshot_depth", &venue.snapshot_depth, Between(5, 5000));
    reader.Get(
        "kline_intervals",
        &venue.kline_intervals,
        OneOf(
            {"1s",
             "1m",
             "3m",
             "5m",
             "15m",
             "30m",
             "1h",
             "2h",
             "4h",
             "6h",
             "8h",
             "12h",
             "1d",
             "3d",
             "1w",
             "1M"}
        )
    );
    reader.Get(
        "book_stream",
        &venue.book_stream,
        OneOf(
            {"depth@100ms",
             "depth",
             "depth@0ms",
             "depth@250ms",
             "depth@500ms",
             "books",
             "books-l2-tbt",
             "books50-l2-tbt"}
        )
    );
    reader.Get("max_streams_per_connection", &venue.max_streams_per_connection, Between(1, 1024));
    reader.GetSecret("api_key", &venue.api_key);
    reader.GetSecret("api_secret", &venue.api_secret);
    if (venue.api_key.empty() != venue.api_secret.empty()) {
        reader.Fail("api_key", "goes with api_secret");
    }
    reader.Replaced("futures_*", "add an entry of its own with market: linear or inverse");
    reader.Replaced("market_type", "say market: spot, linear, inverse or option");
    reader.Replaced("base_url", "say rest_url");
    reader.Replaced("api_rate_limit", "say max_requests_per_minute");
    reader.Replaced("enable_*", "list it in data_types: funding_rate, open_interest, liquidation");
    ReadDataTypes(reader, venue);
}

// A connection must not be due for replacement when it has just been opened.
void CheckReplacement(config::Reader section, const CollectorConfig& config) {
    for (const VenueConfig& venue : config.venues) {
        const auto made = MakeVenue(venue);
        if (!made.ok()) continue;  // reported with the venue
        const Duration life = (*made)->habits().connection_life;
        if (life.count() == 0 || config.feed.link.replace_before < life) continue;
        return section.Fail(
            "replace_before",
            "must be shorter than the life of a connection, which venues." + venue.name +
                " cuts after " + FormatDuration(life)
        );
    }
}

}  // namespace

config::Program CollectorProgram() {
    return {
        .name = "mp-collector",
        .description = "Collects market data from exchanges and publishes it to the bus.",
        .config_dir = "services/collector/config",
        .well_known_names = {{"SERVICE_NAME", "service.name"}, {"NATS_URL", "bus.url"}},
        .taken_at_run_time = {"log.level", "venues.*.symbols", "venues.*.exclude"},
    };
}

void ReadConfig(config::Reader& reader, CollectorConfig& config) {
    config.service.name = "market-data-collector";
    config.service.http.port = 8001;
    config.service.grpc.port = 50051;
    config::Read(reader, &config.service);
    config.tls.clients = net::ClientCertificates::kRequired;
    tls::Read(reader, &config.tls);

    reader.Replaced("collector", "what is collected stands under venues");
    reader.Replaced("scheduler", "jobs are in the scheduler's own configuration");
    config.bus.connection.name = config.service.name;
    ReadBus(reader.Section("bus"), config.bus);

    config::Reader spool = reader.Section("spool");
    spool.Get("path", &config.spool.path, NotEmpty());
    spool.GetBytes("max_bytes", &config.spool.max_bytes, AtLeast(uint64_t{1} << 20));
    spool.GetBytes("segment_bytes", &config.spool.segment_bytes, AtLeast(uint64_t{1} << 16));

    config::Reader batch = reader.Section("batch");
    batch.GetBytes(
        "max_bytes", &config.batch.max_bytes, Between(uint64_t{1024}, uint64_t{4} << 20)
    );
    batch.Get("max_delay", &config.batch.max_delay);
    batch.Get("eager_in_flight", &config.batch.eager_in_flight, Between(1, 65536));

    ReadRawCapture(reader.Section("raw_capture"), config.raw_capture);
    reader.Get("rest.share_without_bus", &config.rest.share_without_bus, Between(0.01, 0.5));

    config::Reader coverage = reader.Section("coverage");
    coverage.Get("interval", &config.coverage_interval, AtLeast(kShortest));
    coverage.Get("slack", &config.feed.slack);
    coverage.Get("settle", &config.feed.settle);

    ReadConnection(reader.Section("connection"), config.feed.link);

    config::Reader book = reader.Section("book");
    book.Get("derived_interval", &config.feed.books.derived_interval, AtLeast(Duration(1s)));
    book.Get("derived_deltas", &config.feed.books.derived_deltas, AtLeast(1u));
    book.Get("audit_interval", &config.feed.books.audit_interval);
    book.Get("max_kept_deltas", &config.feed.books.limits.max_kept_deltas, AtLeast(1u));

    reader.Get("instruments.refresh", &config.feed.listings_refresh, AtLeast(Duration(1s)));

    config::Reader fleet = reader.Section("fleet");
    fleet.Get("enabled", &config.fleet.enabled);
    fleet.Get("redundancy", &config.fleet.redundancy, Between(1, 16));
    fleet.Get("handover", &config.fleet.handover);
    config.feed.handover = config.fleet.handover;

    reader.ForEach("venues", [&](const std::string& name, config::Reader& entry) {
        ReadVenue(name, entry, config.venues.emplace_back());
    });
    CheckReplacement(reader.Section("connection"), config);
}

}  // namespace mp::collector
