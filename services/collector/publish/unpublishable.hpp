#pragma once
// What the broker will never take: kept in files, and cut out of every claim of completeness, those
// that still wait in the spool included. A later life knows the files of an earlier one. The oldest
// go where there are too many. One thread; a file that cannot be written is logged and goes
// without.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "collector/spool/spool.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"
#include "model/interval_set.hpp"
#include "wire/batch.hpp"
#include "wire/event_codec.hpp"

namespace mp::collector {

// The events of one series in a batch.
struct LostEvents {
    model::Instrument instrument;
    model::DataType type = model::DataType::kUnspecified;
    model::Interval interval;
};

class Unpublishable {
  public:
    struct Config {
        std::filesystem::path directory;
        size_t max_files = 256;
        uint64_t max_bytes = 64u << 20;
    };

    // Reads what is in the directory.
    explicit Unpublishable(Config config);

    // Puts the record's payload aside; what it held, by series. Nothing of a payload that cannot be
    // read.
    std::vector<LostEvents> Keep(const SpoolRecord& record);

    // `claims`, a batch of coverage, without the time of what was lost; nothing where it is right
    // as it is.
    std::optional<std::string> Cut(std::string_view claims);

    size_t files() const { return files_.size(); }

  private:
    struct File {
        std::filesystem::path path;
        uint64_t bytes = 0;
        std::vector<LostEvents> lost;
    };
    using SeriesKey = std::pair<std::string, model::DataType>;

    std::vector<LostEvents> Read(std::string_view payload);
    void Remember(File file);
    void Forget(const File& file);
    void Index(const File& file);
    const model::IntervalSet* LostOf(const model::Instrument& instrument, model::DataType type)
        const;

    const Config config_;
    std::deque<File> files_;  // oldest first
    uint64_t bytes_ = 0;
    std::map<SeriesKey, model::IntervalSet> lost_;
    wire::BatchReader reader_;
    wire::EventDecoder decoder_;
};

}  // namespace mp::collector
