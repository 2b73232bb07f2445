#pragma once
// Instruments that were added and removed at run time, beside the configured ones; kept in a file,
// so that they survive this process. The fleet has its own copy (SharedChanges): of two changes of
// one symbol the later counts. One thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "model/instrument.hpp"

namespace mp::collector {

struct InstrumentChange {
    enum class Kind : uint8_t {
        kAdded,      // collect it
        kRemoved,    // do not, though it is configured
        kWithdrawn,  // as configured
    };
    Kind kind = Kind::kWithdrawn;
    std::set<model::DataType> types;  // of an added one
    Nanos changed = 0;                // wall clock

    friend bool operator==(const InstrumentChange&, const InstrumentChange&) = default;
};

class InstrumentChanges {
  public:
    // What the file says; nothing where there is none. DataLoss where it is no such file.
    static Result<InstrumentChanges> Load(std::filesystem::path path);
    // None yet; made in memory only, where `path` is empty.
    explicit InstrumentChanges(std::filesystem::path path) : path_(std::move(path)) {}

    // By canonical symbol; types that were added before stay. On disk when this returns OK; else
    // nothing has changed.
    Status Add(const std::string& symbol, const std::vector<model::DataType>& types, Nanos now);
    // `configured`: it would be collected without being added.
    Status Remove(const std::string& symbol, bool configured, Nanos now);
    // What another collector was told; true where it is later than what is known here.
    Result<bool> Take(const std::string& symbol, const InstrumentChange& change);

    const std::map<std::string, InstrumentChange>& all() const { return all_; }
    bool Removed(const std::string& symbol) const { return Is(symbol, Kind::kRemoved); }
    bool Added(const std::string& symbol) const { return Is(symbol, Kind::kAdded); }

  private:
    using Kind = InstrumentChange::Kind;

    bool Is(const std::string& symbol, Kind kind) const;
    Status Set(const std::string& symbol, InstrumentChange change);
    Status Save() const;

    std::filesystem::path path_;
    std::map<std::string, InstrumentChange> all_;
};

}  // namespace mp::collector
