#include "collector/feed/instrument_changes.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/whole_file.hpp"

namespace mp::collector {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// "added" as {symbol: [types]}, "removed" and "withdrawn" as lists, "changed" as {symbol: ns}; the
// last two are missing in files of before there were fleets.
bool ReadAdded(const Json& json, std::map<std::string, InstrumentChange>& all) {
    if (!json.is_object()) return false;
    for (const auto& [symbol, names] : json.items()) {
        if (!names.is_array()) return false;
        InstrumentChange& change = all[symbol];
        change.kind = InstrumentChange::Kind::kAdded;
        for (const Json& name : names) {
            const auto type =
                name.is_string() ? model::ParseDataType(name.get<std::string>()) : std::nullopt;
            if (!type) return false;
            change.types.insert(*type);
        }
    }
    return true;
}

bool ReadList(
    const Json& json, InstrumentChange::Kind kind, std::map<std::string, InstrumentChange>& all
) {
    if (!json.is_array()) return false;
    for (const Json& symbol : json) {
        if (!symbol.is_string()) return false;
        all[symbol.get<std::string>()].kind = kind;
    }
    return true;
}

bool ReadTimes(const Json& json, std::map<std::string, InstrumentChange>& all) {
    if (!json.is_object()) return false;
    for (auto& [symbol, change] : all) {
        const auto time = json.find(symbol);
        if (time == json.end()) continue;
        if (!time->is_number_integer()) return false;
        change.changed = time->get<Nanos>();
    }
    return true;
}

bool ReadAll(const Json& json, std::map<std::string, InstrumentChange>& all) {
    using Kind = InstrumentChange::Kind;
    if (!json.is_object()) return false;
    const Json none = Json::array();
    return ReadAdded(json.value("added", Json()), all) &&
           ReadList(json.value("removed", Json()), Kind::kRemoved, all) &&
           ReadList(json.value("withdrawn", none), Kind::kWithdrawn, all) &&
           ReadTimes(json.value("changed", Json::object()), all);
}

}  // namespace

Result<InstrumentChanges> InstrumentChanges::Load(fs::path path) {
    InstrumentChanges changes(std::move(path));
    std::ifstream in(changes.path_);
    if (!in) return changes;
    if (ReadAll(Json::parse(in, nullptr, false), changes.all_)) return changes;
    return absl::DataLossError(fmt::format(
        "{} is damaged: instruments that were added are unknown", changes.path_.string()
    ));
}

bool InstrumentChanges::Is(const std::string& symbol, Kind kind) const {
    const auto found = all_.find(symbol);
    return found != all_.end() && found->second.kind == kind;
}

Status InstrumentChanges::Add(
    const std::string& symbol, const std::vector<model::DataType>& types, Nanos now
) {
    InstrumentChange change{Kind::kAdded, {types.begin(), types.end()}, now};
    if (Added(symbol)) change.types.insert(all_[symbol].types.begin(), all_[symbol].types.end());
    return Set(symbol, std::move(change));
}

Status InstrumentChanges::Remove(const std::string& symbol, bool configured, Nanos now) {
    return Set(symbol, {configured ? Kind::kRemoved : Kind::kWithdrawn, {}, now});
}

Result<bool> InstrumentChanges::Take(const std::string& symbol, const InstrumentChange& change) {
    const auto known = all_.find(symbol);
    if (known != all_.end() && known->second.changed >= change.changed) return false;
    MP_RETURN_IF_ERROR(Set(symbol, change));
    return true;
}

Status InstrumentChanges::Set(const std::string& symbol, InstrumentChange change) {
    InstrumentChanges fresh = *this;
    InstrumentChange& known = fresh.all_[symbol];
    // A clock that was put back must not make what is said now the older.
    change.changed = std::max(change.changed, known.changed + 1);
    known = std::move(change);
    MP_RETURN_IF_ERROR(fresh.Save());
    *this = std::move(fresh);
    return OkStatus();
}

Status InstrumentChanges::Save() const {
    if (path_.empty()) return OkStatus();
    Json json = {
        {"added", Json::object()},
        {"removed", Json::array()},
        {"withdrawn", Json::array()},
        {"changed", Json::object()}};
    for (const auto& [symbol, change] : all_) {
        json["changed"][symbol] = change.changed;
        if (change.kind != Kind::kAdded) {
            json[change.kind == Kind::kRemoved ? "removed" : "withdrawn"].push_back(symbol);
            continue;
        }
        Json& names = json["added"][symbol] = Json::array();
        for (const model::DataType type : change.types) {
            names.push_back(std::string(model::ToString(type)));
        }
    }
    return WriteWholeFile(path_, json.dump(1) + "\n");
}

}  // namespace mp::collector
