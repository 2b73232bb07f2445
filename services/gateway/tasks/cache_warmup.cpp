#include "gateway/tasks/cache_warmup.hpp"

#include <algorithm>
#include <utility>

#include "wire/convert.hpp"

namespace mp::gateway {

Task<Result<Decimal>> CacheWarmup::QuoteVolume(pb::Instrument instrument, Deadline deadline) {
    pb::QueryEventsRequest request;
    *request.mutable_series()->mutable_instrument() = std::move(instrument);
    request.mutable_series()->set_data_type(pb::DATA_TYPE_TICKER);
    request.set_limit(1);
    Result<EventStream> stream = co_await history_.Events(std::move(request), deadline);
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

Task<Result<std::vector<CacheWarmup::Traded>>> CacheWarmup::MostTraded(Deadline deadline) {
    const auto listed = co_await history_.ListInstruments(pb::ListInstrumentsRequest(), deadline);
    if (!listed.ok()) co_return listed.status();
    std::vector<Traded> traded;
    for (const pb::InstrumentEntry& entry : listed->instruments()) {
        const auto& types = entry.data_types();
        if (std::find(types.begin(), types.end(), pb::DATA_TYPE_TICKER) == types.end()) continue;
        const Result<Decimal> volume = co_await QuoteVolume(entry.instrument(), deadline);
        if (!volume.ok()) co_return volume.status();
        traded.push_back({entry.instrument(), *volume});
    }
    std::sort(traded.begin(), traded.end(), [](const Traded& a, const Traded& b) {
        return a.quote_volume > b.quote_volume;
    });
    if (traded.size() > kInstruments) traded.resize(kInstruments);
    co_return traded;
}

Task<Result<std::string>> CacheWarmup::Run(tasks::TaskContext& context) {
    const auto traded = co_await MostTraded(context.deadline());
    if (!traded.ok()) co_return traded.status();
    size_t done = 0;
    for (const Traded& one : *traded) {
        const Status warmed = co_await rest_.Warm(one.instrument, context.deadline());
        if (!warmed.ok()) co_return warmed;
        context.SetProgress(static_cast<double>(++done) / static_cast<double>(traded->size()));
    }
    co_return "{\"instruments\":" + std::to_string(done) + "}";
}

}  // namespace mp::gateway
