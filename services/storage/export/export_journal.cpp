#include "storage/export/export_journal.hpp"

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <regex>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/whole_file.hpp"
#include "storage/export/part_file.hpp"

namespace mp::storage {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;  // gaps stay as they are written

constexpr std::string_view kName = "progress.ndjson";

json JsonOf(const model::Series& series) {
    return {
        {"exchange", series.instrument.exchange},
        {"market", ToString(series.instrument.market)},
        {"symbol", series.instrument.symbol},
        {"data_type", ToString(series.data_type)}};
}

std::optional<model::Series> SeriesOf(const json& value) {
    const auto market = model::ParseMarket(value.value("market", ""));
    const auto type = model::ParseDataType(value.value("data_type", ""));
    if (!market || !type) return std::nullopt;
    return model::Series{
        {value.value("exchange", ""), *market, value.value("symbol", ""), ""}, *type};
}

std::string LineOf(const ExportedPart& part) {
    return json{
               {"series", part.series},
               {"file", part.file},
               {"rows", part.rows},
               {"bytes", part.bytes},
               {"sha256", part.sha256},
               {"first", part.first},
               {"last", part.last},
               {"next", part.next},
               {"complete", part.complete},
               {"gaps", json::parse(part.gaps)}}
               .dump() +
           "\n";
}

// Nothing for a line that a crash tore.
std::optional<ExportedPart> PartOf(const std::string& line) {
    const json value = json::parse(line, nullptr, false);
    if (!value.is_object() || !value.contains("gaps")) return std::nullopt;
    ExportedPart part;
    part.series = value.value("series", size_t{0});
    part.file = value.value("file", "");
    part.rows = value.value("rows", uint64_t{0});
    part.bytes = value.value("bytes", uint64_t{0});
    part.sha256 = value.value("sha256", "");
    part.first = value.value("first", Nanos{0});
    part.last = value.value("last", Nanos{0});
    part.next = value.value("next", "");
    part.complete = value.value("complete", false);
    part.gaps = value["gaps"].dump();
    return part;
}

// Which part a file is by its name.
struct PartName {
    size_t series = 0;  // from 1
    uint64_t number = 0;
    bool finished = false;
};

// As Exporter names them: the series' number in front, the part's behind, and perhaps `.part` at
// the end.
std::optional<PartName> ParsePartName(const std::string& name) {
    static const std::regex pattern(
        "([0-9]{5,})-.*-([0-9]{6,})\\.(csv|ndjson)(\\.gz|\\.zst)?(\\.part)?"
    );
    std::smatch found;
    if (!std::regex_match(name, found, pattern)) return std::nullopt;
    PartName part;
    const std::string series = found[1];
    const std::string number = found[2];
    std::from_chars(series.data(), series.data() + series.size(), part.series);
    std::from_chars(number.data(), number.data() + number.size(), part.number);
    part.finished = !found[5].matched;
    return part;
}

}  // namespace

bool IsThere(const fs::path& folder, const ExportedPart& part) {
    if (part.file.empty()) return true;
    std::error_code error;
    return fs::file_size(folder / part.file, error) == part.bytes && !error;
}

Result<std::unique_ptr<ExportJournal>> ExportJournal::Open(
    fs::path folder, const std::string& request, std::vector<model::Series> series
) {
    std::unique_ptr<ExportJournal> journal(new ExportJournal(std::move(folder)));
    std::error_code error;
    if (fs::exists(journal->Path(), error)) {
        MP_RETURN_IF_ERROR(journal->GoOn(request));
        journal->RemoveUnfinished();
    } else {
        journal->series_ = std::move(series);
        MP_RETURN_IF_ERROR(journal->Begin(request));
    }
    journal->file_ = open(journal->Path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (journal->file_ < 0) return FileError(journal->Path());
    return journal;
}

ExportJournal::~ExportJournal() {
    if (file_ >= 0) close(file_);
}

fs::path ExportJournal::Path() const {
    return folder_ / kName;
}

Status ExportJournal::Begin(const std::string& request) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_, error)) {
        // A journal that a crash kept from getting its name.
        if (entry.path().filename().string().starts_with(kName)) continue;
        return absl::InvalidArgumentError(
            "to: " + folder_.string() + " has something else in it: name another folder"
        );
    }
    json head = {{"request", json::parse(request)}, {"series", json::array()}};
    for (const model::Series& series : series_) head["series"].push_back(JsonOf(series));
    return WriteWholeFile(Path(), head.dump() + "\n");
}

Status ExportJournal::ReadHead(const std::string& line, const std::string& request) {
    const json head = json::parse(line, nullptr, false);
    if (!head.is_object() || !head.contains("request") || !head.contains("series")) {
        return absl::DataLossError(Path().string() + " is damaged: remove the folder");
    }
    if (head["request"] != json::parse(request)) {
        return absl::InvalidArgumentError(
            "to: " + folder_.string() + " holds an unfinished export of another request (" +
            head["request"].dump() + "): name another folder, or remove it"
        );
    }
    for (const json& series : head["series"]) {
        std::optional<model::Series> known = SeriesOf(series);
        if (!known) return absl::DataLossError(Path().string() + " is damaged: remove the folder");
        series_.push_back(*std::move(known));
    }
    return OkStatus();
}

Status ExportJournal::GoOn(const std::string& request) {
    std::ifstream in(Path());
    std::string line;
    std::getline(in, line);
    MP_RETURN_IF_ERROR(ReadHead(line, request));
    auto good = static_cast<off_t>(in.tellg());
    while (std::getline(in, line) && !in.eof()) {
        std::optional<ExportedPart> part = PartOf(line);
        if (!part || part->series >= series_.size() || !IsThere(folder_, *part)) break;
        Advance(*part);
        good = static_cast<off_t>(in.tellg());
    }
    if (truncate(Path().c_str(), good) != 0) return FileError(Path());
    return OkStatus();
}

// Whatever is no finished part was being written when the export was interrupted.
void ExportJournal::RemoveUnfinished() const {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_, error)) {
        const auto part = ParsePartName(entry.path().filename().string());
        if (!part) continue;
        const size_t now = place_.series + 1;
        const bool kept = part->finished && (part->series < now ||
                                             (part->series == now && part->number <= place_.files));
        if (!kept) unlink(entry.path().c_str());
    }
}

void ExportJournal::Advance(const ExportedPart& part) {
    const uint64_t files = part.file.empty() ? 0 : 1;
    files_ += files;
    if (part.next.empty()) {
        place_ = {part.series + 1, "", 0};
    } else {
        place_ = {part.series, part.next, place_.files + files};
    }
}

Status ExportJournal::Add(const ExportedPart& part) {
    MP_RETURN_IF_ERROR(WriteAll(file_, LineOf(part), Path()));
    if (fdatasync(file_) != 0) return FileError(Path());
    Advance(part);
    return OkStatus();
}

Status ExportJournal::ForEachPart(absl::FunctionRef<Status(const ExportedPart&)> each) const {
    std::ifstream in(Path());
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        const std::optional<ExportedPart> part = PartOf(line);
        if (!part || part->series >= series_.size()) {
            return absl::DataLossError(Path().string() + " is damaged: submit the export again");
        }
        MP_RETURN_IF_ERROR(each(*part));
    }
    return OkStatus();
}

Status ExportJournal::Remove(const fs::path& folder) {
    const fs::path path = folder / kName;
    if (unlink(path.c_str()) == 0) return SyncFolder(folder);
    return errno == ENOENT ? OkStatus() : FileError(path);
}

}  // namespace mp::storage
