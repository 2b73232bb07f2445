#include "storage/export/export_manifest.hpp"

#include <absl/functional/function_ref.h>
#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "rows/event_columns.hpp"
#include "storage/export/part_file.hpp"

namespace mp::storage {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr int kIndent = 1;

fs::path PathIn(const fs::path& folder) {
    return folder / "manifest.json";
}

// Parts touch: a gap over the seam is one gap. Times are of one length, so texts compare.
void AppendGaps(const json& more, json& gaps) {
    for (const json& gap : more) {
        json* const last = gaps.empty() ? nullptr : &gaps.back();
        if (last == nullptr || (*last)["to"] < gap["from"] || (*last)["state"] != gap["state"] ||
            (*last)["reason"] != gap["reason"]) {
            gaps.push_back(gap);
            continue;
        }
        (*last)["to"] = std::max((*last)["to"], gap["to"]);
        // The same events may be missing in both pieces.
        if (!gap.contains("missing")) continue;
        const uint64_t known = last->value("missing", uint64_t{0});
        (*last)["missing"] = std::max(known, gap["missing"].get<uint64_t>());
    }
}

json Describe(const ExportedPart& part) {
    return {
        {"file", part.file},
        {"rows", part.rows},
        {"bytes", part.bytes},
        {"sha256", part.sha256},
        {"first", FormatTime(part.first)},
        {"last", FormatTime(part.last)}};
}

// What is said of a series in front of its parts.
struct Summary {
    uint64_t rows = 0;
    Nanos first = 0;
    Nanos last = 0;
    bool complete = true;
    json gaps = json::array();

    void Add(const ExportedPart& part) {
        if (rows == 0) first = part.first;
        if (part.rows > 0) last = part.last;
        rows += part.rows;
        complete = complete && part.complete;
        AppendGaps(json::parse(part.gaps), gaps);
    }
};

json Describe(const model::Series& series, Summary summary) {
    json described = {
        {"exchange", series.instrument.exchange},
        {"market", ToString(series.instrument.market)},
        {"symbol", series.instrument.symbol},
        {"data_type", ToString(series.data_type)},
        {"rows", summary.rows}};
    if (summary.rows > 0) {
        described["first"] = FormatTime(summary.first);
        described["last"] = FormatTime(summary.last);
    }
    described["coverage"] = {{"complete", summary.complete}, {"gaps", std::move(summary.gaps)}};
    return described;
}

json ColumnsOf(const ExportOrder& order, const std::vector<model::Series>& series) {
    json columns = json::object();
    if (order.format != ExportFormat::kCsv) return columns;
    for (const model::Series& one : series) {
        columns[std::string(ToString(one.data_type))] = rows::EventColumns(one.data_type);
    }
    return columns;
}

// Text that is put together in small pieces.
class BufferedText {
  public:
    explicit BufferedText(PartFile& file) : file_(file) {}

    Status Put(std::string_view text) {
        text_ += text;
        return text_.size() < kBuffer ? OkStatus() : Flush();
    }
    Status Flush() {
        const Status written = file_.Write(text_);
        text_.clear();
        return written;
    }

  private:
    static constexpr size_t kBuffer = 64u << 10;
    PartFile& file_;
    std::string text_;
};

// An object to which more is added.
std::string Unclosed(std::string object, std::string_view end) {
    object.resize(object.size() - end.size());
    return object;
}

// A line a part: there may be more of them than memory holds.
Status WriteDocument(
    const json& head,
    const std::vector<Summary>& summaries,
    const ExportJournal& journal,
    PartFile& file
) {
    BufferedText text(file);
    MP_RETURN_IF_ERROR(text.Put(Unclosed(head.dump(kIndent), "\n}") + ",\n \"series\": ["));
    size_t begun = 0;
    std::string_view before_part;
    const auto begin_series = [&] {
        const json described = Describe(journal.series()[begun], summaries[begun]);
        const std::string before = begun == 0 ? "\n  " : "]},\n  ";
        ++begun;
        before_part = "\n   ";
        return text.Put(before + Unclosed(described.dump(), "}") + ",\"parts\":[");
    };
    const Status written = journal.ForEachPart([&](const ExportedPart& part) {
        while (begun <= part.series) MP_RETURN_IF_ERROR(begin_series());
        if (part.file.empty()) return OkStatus();
        const std::string_view before = std::exchange(before_part, ",\n   ");
        return text.Put(std::string(before) + Describe(part).dump());
    });
    MP_RETURN_IF_ERROR(written);
    while (begun < summaries.size()) MP_RETURN_IF_ERROR(begin_series());
    MP_RETURN_IF_ERROR(text.Put(begun == 0 ? "]\n}\n" : "]}\n ]\n}\n"));
    return text.Flush();
}

// The manifest without its parts, each of which was given to `each`.
json ParseManifest(const fs::path& path, absl::FunctionRef<void(const json&)> each) {
    std::ifstream in(path);
    const auto keep = [&](int, json::parse_event_t event, json& value) {
        const bool part = event == json::parse_event_t::object_end && value.contains("sha256");
        if (part) each(value);
        return !part;
    };
    return json::parse(in, keep, false);
}

}  // namespace

Result<ExportReport> WriteManifest(
    const fs::path& folder, const ExportOrder& order, const ExportJournal& journal, Nanos finished
) {
    std::vector<Summary> summaries(journal.series().size());
    ExportReport report;
    report.folder = folder;
    report.series = summaries.size();
    report.parts = journal.files();
    MP_RETURN_IF_ERROR(journal.ForEachPart([&](const ExportedPart& part) {
        summaries[part.series].Add(part);
        report.rows += part.rows;
        report.bytes += part.bytes;
        report.complete = report.complete && part.complete;
        return OkStatus();
    }));
    const json head = {
        {"export", kVersion},
        {"program", MP_VERSION},
        {"finished", FormatTime(finished)},
        {"request", json::parse(order.request)},
        {"complete", report.complete},
        {"rows", report.rows},
        {"bytes", report.bytes},
        {"columns", ColumnsOf(order, journal.series())}};
    const auto file = PartFile::Create(PathIn(folder), Compression::kNone);
    if (!file.ok()) return file.status();
    MP_RETURN_IF_ERROR(WriteDocument(head, summaries, journal, **file));
    MP_RETURN_IF_ERROR((*file)->Finish().status());
    return report;
}

Result<std::optional<ExportReport>> ReadManifest(
    const fs::path& folder, const std::string& request
) {
    std::error_code error;
    if (!fs::exists(PathIn(folder), error)) return std::optional<ExportReport>();
    ExportReport report;
    std::string missing;
    const json manifest = ParseManifest(PathIn(folder), [&](const json& part) {
        ++report.parts;
        ExportedPart expected;
        expected.file = part.value("file", "");
        expected.bytes = part.value("bytes", uint64_t{0});
        if (missing.empty() && !IsThere(folder, expected)) missing = expected.file;
    });
    if (!manifest.is_object() || !manifest.contains("request") || !manifest.contains("series")) {
        return absl::DataLossError(PathIn(folder).string() + " is damaged: remove the folder");
    }
    if (manifest["request"] != json::parse(request)) {
        return absl::InvalidArgumentError(
            "to: " + folder.string() + " holds the export of another request (" +
            manifest["request"].dump() + "): name another folder"
        );
    }
    if (!missing.empty()) {
        return absl::DataLossError(
            missing + " of the finished export in " + folder.string() +
            " is not what it was: remove the folder to have it made again"
        );
    }
    report.folder = folder;
    report.series = manifest["series"].size();
    report.rows = manifest.value("rows", uint64_t{0});
    report.bytes = manifest.value("bytes", uint64_t{0});
    report.complete = manifest.value("complete", false);
    report.kept_parts = report.parts;
    return std::optional<ExportReport>(std::move(report));
}

}  // namespace mp::storage
