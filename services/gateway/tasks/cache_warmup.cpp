#include "gateway/tasks/cache_warmup.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "registry/directory.hpp"
#include "tasks/payload.hpp"
#include "telemetry/logging.hpp"
#include "wire/convert.hpp"

namespace mp::gateway {
namespace {

constexpr std::chrono::seconds kStartTimeout{60};

const telemetry::Logger kLog{"gateway.cache"};

}  // namespace

Task<Result<Decimal>> CacheWarmup::QuoteVolume(pb::Instrument instrument, RequestContext context) {
    pb::QueryEventsRequest request;
    *request.mutable_series()->mutable_instrument() = std::move(instrument);
    request.mutable_series()->set_data_type(pb::DATA_TYPE_TICKER);
    request.set_limit(1);
    Result<EventStream> stream = co_await history_.Events(std::move(request), context);
    if (!stream.ok()) co_return stream.status();
    Decimal volume;
    std::string bytes;
    for (;;) {
        const Result<bool> more = co_await stream->Next(bytes);
        if (!more.ok()) co_return more.status();
        if (!*more) co_return volume;
        pb::EventChunk chunk;
        if (!chunk.ParseFromString(bytes) || chunk.entries().empty()) continue;
        const auto value = wire::FromProto(chunk.entries(0).event().ticker().quote_volume());
        if (value.ok()) volume = *value;
    }
}

Task<Result<std::vector<CacheWarmup::Traded>>> CacheWarmup::MostTraded(RequestContext context) {
    const auto listed = co_await history_.ListInstruments(pb::ListInstrumentsRequest(), context);
    if (!listed.ok()) co_return listed.status();
    std::vector<Traded> traded;
    for (const pb::InstrumentEntry& entry : listed->instruments()) {
        const auto& types = entry.data_types();
        if (std::find(types.begin(), types.end(), pb::DATA_TYPE_TICKER) == types.end()) continue;
        const Result<Decimal> volume = co_await QuoteVolume(entry.instrument(), context);
        if (!volume.ok()) co_return volume.status();
        traded.push_back({entry.instrument(), *volume});
    }
    std::sort(traded.begin(), traded.end(), [](const Traded& a, const Traded& b) {
        return a.quote_volume > b.quote_volume;
    });
    if (traded.size() > kInstruments) traded.resize(kInstruments);
    co_return traded;
}

Task<Result<size_t>> CacheWarmup::Warm(Progress progress, RequestContext context) {
    const auto traded = co_await MostTraded(context);
    if (!traded.ok()) co_return traded.status();
    size_t done = 0;
    for (const Traded& one : *traded) {
        const Status warmed = co_await rest_.Warm(one.instrument, context);
        if (!warmed.ok()) co_return warmed;
        progress(static_cast<double>(++done) / static_cast<double>(traded->size()));
    }
    co_return done;
}

Task<Result<std::string>> CacheWarmup::Run(tasks::TaskContext& context) {
    MP_CO_RETURN_IF_ERROR(tasks::CheckNoPayload(context.task().payload_json()));
    Progress progress = [&context](double share) { context.SetProgress(share); };
    const auto warmed = co_await Warm(std::move(progress), {context.deadline(), context.trace()});
    if (!warmed.ok()) co_return warmed.status();
    co_return "{\"instruments\":" + std::to_string(*warmed) + "}";
}

Task<Status> CacheWarmup::AtStart(registry::Directory& directory) {
    const Status there = co_await directory.WaitFor(registry::kStorage, Deadline::Never());
    if (!there.ok()) co_return OkStatus();
    Progress nobody_asks = [](double) {};
    const auto warmed = co_await Warm(std::move(nobody_asks), Deadline::After(kStartTimeout));
    if (warmed.ok()) {
        kLog.Info("cache warmed", {{"instruments", *warmed}});
    } else {
        kLog.Warn("cache stays cold until the next warm-up", {{"reason", warmed.status()}});
    }
    co_return OkStatus();
}

}  // namespace mp::gateway
