#include "collector/feed/instrument_changes.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <nlohmann/json.hpp>

namespace mp::collector {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

Status CannotWrite(const fs::path& path) {
    return absl::ErrnoToStatus(errno, "cannot write " + path.string());
}

// Whole or not at all, whenever the process or the machine dies.
Status WriteWhole(const fs::path& path, std::string_view text) {
    std::error_code ignored;
    fs::create_directories(path.parent_path(), ignored);
    const fs::path fresh = path.string() + ".new";
    const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return CannotWrite(fresh);
    const bool written =
        write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        fsync(file) == 0;
    const Status status = written ? OkStatus() : CannotWrite(fresh);
    close(file);
    if (!status.ok()) return status;
    if (rename(fresh.c_str(), path.c_str()) != 0) return CannotWrite(path);
    return OkStatus();
}

}  // namespace

Result<InstrumentChanges> InstrumentChanges::Load(fs::path path) {
    InstrumentChanges changes(std::move(path));
    std::ifstream in(changes.path_);
    if (!in) return changes;
    const Json json = Json::parse(in, nullptr, false);
    const auto damaged = [&] {
        return absl::DataLossError(fmt::format(
            "{} is damaged: instruments that were added are unknown", changes.path_.string()
        ));
    };
    if (!json.is_object() || !json.contains("added") || !json.contains("removed")) return damaged();
    if (!json["added"].is_object() || !json["removed"].is_array()) return damaged();
    for (const auto& [symbol, names] : json["added"].items()) {
        std::set<model::DataType>& types = changes.added_[symbol];
        if (!names.is_array()) return damaged();
        for (const Json& name : names) {
            const auto type =
                name.is_string() ? model::ParseDataType(name.get<std::string>()) : std::nullopt;
            if (!type) return damaged();
            types.insert(*type);
        }
    }
    for (const Json& symbol : json["removed"]) {
        if (!symbol.is_string()) return damaged();
        changes.removed_.insert(symbol.get<std::string>());
    }
    return changes;
}

Status InstrumentChanges::Add(
    const std::string& symbol, const std::vector<model::DataType>& types
) {
    InstrumentChanges fresh = *this;
    fresh.added_[symbol].insert(types.begin(), types.end());
    fresh.removed_.erase(symbol);
    MP_RETURN_IF_ERROR(fresh.Save());
    *this = std::move(fresh);
    return OkStatus();
}

Status InstrumentChanges::Remove(const std::string& symbol, bool configured) {
    InstrumentChanges fresh = *this;
    fresh.added_.erase(symbol);
    if (configured) fresh.removed_.insert(symbol);
    MP_RETURN_IF_ERROR(fresh.Save());
    *this = std::move(fresh);
    return OkStatus();
}

Status InstrumentChanges::Save() const {
    if (path_.empty()) return OkStatus();
    Json added = Json::object();
    for (const auto& [symbol, types] : added_) {
        Json names = Json::array();
        for (const model::DataType type : types)
            names.push_back(std::string(model::ToString(type)));
        added[symbol] = std::move(names);
    }
    const Json json = {{"added", std::move(added)}, {"removed", removed_}};
    return WriteWhole(path_, json.dump(1) + "\n");
}

}  // namespace mp::collector
