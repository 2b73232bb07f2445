#pragma once
// How far an export has come, in its folder: a line of JSON for the request, one for each finished
// part. It is what an export that was interrupted goes on from; the manifest takes its place at the
// end. However many parts there are, memory holds the series and where the export stands. Not
// thread-safe; blocks.

#include <absl/functional/function_ref.h>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "storage/export/export_record.hpp"

namespace mp::storage {

class ExportJournal {
  public:
    // Goes on with what the folder has, or begins with `series` where it is empty. What was not
    // finished is removed, as are parts whose file is not there any more and those behind them.
    // InvalidArgument: the folder belongs to another request, or has something else in it.
    static Result<std::unique_ptr<ExportJournal>> Open(
        std::filesystem::path folder, const std::string& request, std::vector<model::Series> series
    );
    ~ExportJournal();
    ExportJournal(const ExportJournal&) = delete;
    ExportJournal& operator=(const ExportJournal&) = delete;

    // As the export began with them.
    const std::vector<model::Series>& series() const { return series_; }

    // What is written next.
    struct Place {
        size_t series = 0;   // its number; behind the last one: nothing
        std::string cursor;  // where in the series; empty: at its beginning
        uint64_t files = 0;  // of the series, so far
    };
    const Place& place() const { return place_; }
    // Finished ones, of all series.
    uint64_t files() const { return files_; }

    // The part's file is whole and on the disk.
    Status Add(const ExportedPart& part);
    // All finished parts in their order, read from the disk. Ends with the first error of `each`.
    Status ForEachPart(absl::FunctionRef<Status(const ExportedPart&)> each) const;
    // The manifest is there.
    static Status Remove(const std::filesystem::path& folder);

  private:
    explicit ExportJournal(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::filesystem::path Path() const;
    Status Begin(const std::string& request);
    Status GoOn(const std::string& request);
    Status ReadHead(const std::string& line, const std::string& request);
    void RemoveUnfinished() const;
    void Advance(const ExportedPart& part);

    const std::filesystem::path folder_;
    std::vector<model::Series> series_;
    Place place_;
    uint64_t files_ = 0;
    int file_ = -1;
};

}  // namespace mp::storage
