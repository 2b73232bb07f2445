#include "storage/export/export_manifest.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/whole_file.hpp"
#include "rows/event_columns.hpp"

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

json Describe(
    const model::Series& series, const std::vector<const ExportedPart*>& parts, bool& complete
) {
    json files = json::array();
    json gaps = json::array();
    uint64_t rows = 0;
    for (const ExportedPart* part : parts) {
        rows += part->rows;
        AppendGaps(json::parse(part->gaps), gaps);
        if (!part->file.empty()) files.push_back(Describe(*part));
    }
    complete = std::all_of(parts.begin(), parts.end(), [](const ExportedPart* part) {
        return part->complete;
    });
    json described = {
        {"exchange", series.instrument.exchange},
        {"market", ToString(series.instrument.market)},
        {"symbol", series.instrument.symbol},
        {"data_type", ToString(series.data_type)},
        {"rows", rows}};
    if (rows > 0) {
        described["first"] = files.front()["first"];
        described["last"] = files.back()["last"];
    }
    described["coverage"] = {{"complete", complete}, {"gaps", std::move(gaps)}};
    described["parts"] = std::move(files);
    return described;
}

json ColumnsOf(const ExportOrder& order, const std::vector<model::Series>& series) {
    json columns = json::object();
    if (order.format != rows::LineFormat::kCsv) return columns;
    for (const model::Series& one : series) {
        columns[std::string(ToString(one.data_type))] = rows::EventColumns(one.data_type);
    }
    return columns;
}

ExportReport ReportOf(const fs::path& folder, const json& manifest) {
    ExportReport report;
    report.folder = folder;
    report.series = manifest["series"].size();
    report.rows = manifest.value("rows", uint64_t{0});
    report.bytes = manifest.value("bytes", uint64_t{0});
    report.complete = manifest.value("complete", false);
    for (const json& series : manifest["series"]) report.parts += series["parts"].size();
    return report;
}

Status CheckFiles(const fs::path& folder, const json& manifest) {
    for (const json& series : manifest["series"]) {
        for (const json& part : series["parts"]) {
            ExportedPart expected;
            expected.file = part.value("file", "");
            expected.bytes = part.value("bytes", uint64_t{0});
            if (IsThere(folder, expected)) continue;
            return absl::DataLossError(
                expected.file + " of the finished export in " + folder.string() +
                " is not what it was: remove the folder to have it made again"
            );
        }
    }
    return OkStatus();
}

}  // namespace

Result<ExportReport> WriteManifest(
    const fs::path& folder, const ExportOrder& order, const ExportJournal& journal, Nanos finished
) {
    std::vector<std::vector<const ExportedPart*>> parts(journal.series().size());
    json manifest = {
        {"export", kVersion},
        {"program", MP_VERSION},
        {"finished", FormatTime(finished)},
        {"request", json::parse(order.request)},
        {"complete", true},
        {"rows", 0},
        {"bytes", 0},
        {"columns", ColumnsOf(order, journal.series())},
        {"series", json::array()}};
    uint64_t rows = 0;
    uint64_t bytes = 0;
    for (const ExportedPart& part : journal.parts()) {
        parts[part.series].push_back(&part);
        rows += part.rows;
        bytes += part.bytes;
    }
    manifest["rows"] = rows;
    manifest["bytes"] = bytes;
    for (size_t i = 0; i < parts.size(); ++i) {
        bool complete = true;
        manifest["series"].push_back(Describe(journal.series()[i], parts[i], complete));
        if (!complete) manifest["complete"] = false;
    }
    MP_RETURN_IF_ERROR(WriteWholeFile(PathIn(folder), manifest.dump(kIndent) + "\n"));
    return ReportOf(folder, manifest);
}

Result<std::optional<ExportReport>> ReadManifest(
    const fs::path& folder, const std::string& request
) {
    std::error_code error;
    if (!fs::exists(PathIn(folder), error)) return std::optional<ExportReport>();
    std::ifstream in(PathIn(folder));
    const json manifest = json::parse(in, nullptr, false);
    if (!manifest.is_object() || !manifest.contains("request") || !manifest.contains("series")) {
        return absl::DataLossError(PathIn(folder).string() + " is damaged: remove the folder");
    }
    if (manifest["request"] != json::parse(request)) {
        return absl::InvalidArgumentError(
            "to: " + folder.string() + " holds the export of another request (" +
            manifest["request"].dump() + "): name another folder"
        );
    }
    MP_RETURN_IF_ERROR(CheckFiles(folder, manifest));
    ExportReport report = ReportOf(folder, manifest);
    report.kept_parts = report.parts;
    return std::optional<ExportReport>(std::move(report));
}

}  // namespace mp::storage
