#include "collector/fleet/shared_changes.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "bus/topology.hpp"
#include "marketprism/v1/collector.pb.h"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"
#include "wire/convert.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;
namespace pb = ::marketprism::v1;

const telemetry::Logger kLog{"collector.fleet"};

constexpr Duration kRetry = 500ms;
// New feeds, and what could not be told before, are looked for so often.
constexpr Duration kLook = 1s;
constexpr Duration kVerify = 10s;

std::string KeyOf(const VenueConfig& venue, const std::string& symbol) {
    std::string key = reliability::KeyToken(venue.exchange);
    key.append(".").append(model::ToString(venue.market));
    return key.append(".").append(reliability::KeyToken(symbol));
}

pb::InstrumentChange::Kind ToProto(InstrumentChange::Kind kind) {
    switch (kind) {
        case InstrumentChange::Kind::kAdded:
            return pb::InstrumentChange::KIND_ADDED;
        case InstrumentChange::Kind::kRemoved:
            return pb::InstrumentChange::KIND_REMOVED;
        case InstrumentChange::Kind::kWithdrawn:
            return pb::InstrumentChange::KIND_WITHDRAWN;
    }
    return pb::InstrumentChange::KIND_UNSPECIFIED;
}

std::string Encode(
    const VenueConfig& venue, const std::string& symbol, const InstrumentChange& change
) {
    pb::InstrumentChange out;
    out.mutable_instrument()->set_exchange(venue.exchange);
    out.mutable_instrument()->set_market(wire::ToProto(venue.market));
    out.mutable_instrument()->set_symbol(symbol);
    out.set_kind(ToProto(change.kind));
    for (const model::DataType type : change.types) out.add_data_types(wire::ToProto(type));
    out.set_changed_ts(change.changed);
    return out.SerializeAsString();
}

// Nothing where it is of a version that says more than this one understands.
std::optional<InstrumentChange> Decode(const pb::InstrumentChange& change) {
    InstrumentChange out;
    out.changed = change.changed_ts();
    switch (change.kind()) {
        case pb::InstrumentChange::KIND_ADDED:
            out.kind = InstrumentChange::Kind::kAdded;
            break;
        case pb::InstrumentChange::KIND_REMOVED:
            out.kind = InstrumentChange::Kind::kRemoved;
            break;
        case pb::InstrumentChange::KIND_WITHDRAWN:
            out.kind = InstrumentChange::Kind::kWithdrawn;
            break;
        default:
            return std::nullopt;
    }
    for (const int number : change.data_types()) {
        const auto type = wire::FromProto(static_cast<pb::DataType>(number));
        if (!type.ok()) return std::nullopt;
        out.types.insert(*type);
    }
    return out;
}

}  // namespace

Task<Status> SharedChanges::Run() {
    for (;;) {
        const Status ended = co_await Work();
        kLog.Warn("changes of instruments are not shared", {{"reason", ended}});
        caught_up_ = false;
        co_await runtime::Sleep(kRetry);
    }
}

Task<Status> SharedChanges::Work() {
    bus::KvConfig config = bus::InstrumentsBucket(replicas_);
    auto bucket = co_await bus::KvBucket::Open(bus_, std::move(config), Deadline::After(5s));
    if (!bucket.ok()) co_return bucket.status();
    bucket_ = std::move(*bucket);
    told_.clear();
    auto watch = co_await bucket_->Watch("");
    if (!watch.ok()) co_return watch.status();
    co_return co_await runtime::FirstOf(Follow(**watch), Tell(), Verify());
}

Task<Status> SharedChanges::Follow(reliability::KeyWatch& watch) {
    for (;;) {
        const auto change = co_await watch.Next();
        if (!change.ok()) co_return change.status();
        if (change->kind == reliability::KeyChange::Kind::kPut) Take(*change);
        if (change->kind != reliability::KeyChange::Kind::kCaughtUp) continue;
        caught_up_ = true;
        asked_.NotifyAll();
    }
}

void SharedChanges::Take(const reliability::KeyChange& change) {
    pb::InstrumentChange stored;
    if (!stored.ParseFromString(change.entry.value)) return;
    told_[change.key] = stored.changed_ts();
    const auto decoded = Decode(stored);
    if (!decoded) return;
    for (const auto& feed : feeds_) {
        const VenueConfig& venue = feed->config();
        const pb::Instrument& name = stored.instrument();
        const bool its =
            venue.exchange == name.exchange() && wire::ToProto(venue.market) == name.market();
        if (its) feed->Take(name.symbol(), *decoded);
    }
}

// A broker that lost its disk tells nobody.
Task<Status> SharedChanges::Verify() {
    for (;;) {
        co_await runtime::Sleep(kVerify);
        if (told_.empty()) continue;
        const auto keys = co_await bucket_->Keys("");
        if (!keys.ok()) co_return keys.status();
        const std::set<std::string> held(keys->begin(), keys->end());
        std::erase_if(told_, [&held](const auto& entry) { return !held.contains(entry.first); });
    }
}

// Puts what the bucket does not know, or knows an older change of.
Task<Status> SharedChanges::Tell() {
    for (;;) {
        if (caught_up_) {
            for (const auto& feed : feeds_) {
                const VenueConfig& venue = feed->config();
                const auto all = feed->changes().all();
                for (const auto& [symbol, change] : all) {
                    std::string key = KeyOf(venue, symbol);
                    const auto told = told_.find(key);
                    if (told != told_.end() && told->second >= change.changed) continue;
                    std::string value = Encode(venue, symbol, change);
                    const auto put = co_await bucket_->Put(key, std::move(value));
                    if (!put.ok()) co_return put.status();
                    told_[std::move(key)] = change.changed;
                }
            }
            changed_.NotifyAll();
        }
        const Deadline next = Deadline::After(kLook);
        co_await asked_.Wait(next);
    }
}

bool SharedChanges::AllTold() const {
    for (const auto& feed : feeds_) {
        for (const auto& [symbol, change] : feed->changes().all()) {
            const auto told = told_.find(KeyOf(feed->config(), symbol));
            if (told == told_.end() || told->second < change.changed) return false;
        }
    }
    return true;
}

Task<bool> SharedChanges::Share(Deadline deadline) {
    asked_.NotifyAll();
    const auto told = [this] { return AllTold(); };
    co_return co_await changed_.Until(told, deadline);
}

}  // namespace mp::collector
