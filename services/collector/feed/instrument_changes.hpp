#pragma once
// Instruments that were added and removed at run time, beside the configured ones; kept in a file,
// so that they survive this process. One thread.

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "model/instrument.hpp"

namespace mp::collector {

class InstrumentChanges {
  public:
    // What the file says; nothing where there is none. DataLoss where it is no such file.
    static Result<InstrumentChanges> Load(std::filesystem::path path);
    // None yet; made in memory only, where `path` is empty.
    explicit InstrumentChanges(std::filesystem::path path) : path_(std::move(path)) {}

    // By canonical symbol; types that were added before stay. On disk when this returns OK; else
    // nothing has changed.
    Status Add(const std::string& symbol, const std::vector<model::DataType>& types);
    // `configured`: it would be collected without being added.
    Status Remove(const std::string& symbol, bool configured);

    const std::map<std::string, std::set<model::DataType>>& added() const { return added_; }
    bool Removed(const std::string& symbol) const { return removed_.contains(symbol); }

  private:
    Status Save() const;

    std::filesystem::path path_;
    std::map<std::string, std::set<model::DataType>> added_;
    std::set<std::string> removed_;
};

}  // namespace mp::collector
