#include "storage/export/exporter.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "backup/folders.hpp"
#include "rows/gap_json.hpp"
#include "storage/export/event_lines.hpp"
#include "storage/export/export_manifest.hpp"
#include "storage/export/part_file.hpp"
#include "storage/query/event_query.hpp"
#include "wire/convert.hpp"

namespace mp::storage {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLookForRoomEvery = 32u << 20;
constexpr size_t kLongestSeriesName = 120;

Status MakeFolder(const fs::path& folder) {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(folder, error);
    if (fs::exists(status) && !fs::is_directory(status)) {
        return absl::InvalidArgumentError("to: " + folder.string() + " is no folder");
    }
    fs::create_directories(folder, error);
    if (!error) return OkStatus();
    return absl::UnavailableError("cannot make " + folder.string() + ": " + error.message());
}

// Without what a file's name cannot have everywhere.
std::string NameOf(const model::Series& series) {
    const model::Instrument& instrument = series.instrument;
    std::string name = instrument.exchange + "-" + std::string(ToString(instrument.market)) + "-" +
                       instrument.symbol;
    const auto odd = [](char c) {
        return !(
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '.'
        );
    };
    std::replace_if(name.begin(), name.end(), odd, '_');
    return name.substr(0, kLongestSeriesName) + "-" + std::string(ToString(series.data_type));
}

std::string Number(uint64_t number, int digits) {
    char text[24];
    std::snprintf(text, sizeof text, "%0*" PRIu64, digits, number);
    return text;
}

std::string GapsOf(const pb::CoverageReport& report) {
    std::string text;
    rows::JsonWriter json(text);
    json.BeginArray();
    for (const pb::Gap& gap : report.gaps()) rows::WriteGap(gap, json);
    json.EndArray();
    return text;
}

}  // namespace

// One run.
struct Exporter::Job {
    const ExportOrder& order;
    const OnExportProgress& on_progress;
    const fs::path folder;
    ExportJournal& journal;

    const model::Series& SeriesAt(size_t number) const { return journal.series()[number]; }

    // The series' number comes first: names of two series may be alike.
    std::string NameOfNext() const {
        const auto& [series, cursor, files] = journal.place();
        return Number(series + 1, 5) + "-" + NameOf(SeriesAt(series)) + "-" + Number(files + 1, 6) +
               order.Extension();
    }

    // How much of everything is done when `series` has come to `at`.
    Status Report(size_t series, Nanos at) const {
        const auto length =
            static_cast<double>(order.time.to) - static_cast<double>(order.time.from);
        const double share =
            (static_cast<double>(at) - static_cast<double>(order.time.from)) / length;
        const double done = static_cast<double>(series) + std::clamp(share, 0.0, 1.0);
        const bool go_on = on_progress(done / static_cast<double>(journal.series().size()));
        return go_on ? OkStatus() : absl::CancelledError("the export was stopped");
    }
};

Result<ExportReport> Exporter::Run(const ExportOrder& order, const OnExportProgress& on_progress)
    const {
    Result<std::vector<model::Series>> series = Resolve(order);
    if (!series.ok()) return series.status();
    const fs::path folder = place_.path / order.folder;
    std::error_code linked;
    // The configured folder itself may be a link to another disk.
    if (!fs::is_directory(place_.path, linked)) MP_RETURN_IF_ERROR(MakeFolder(place_.path));
    const auto held = backup::HeldFile::Take(
        place_.path / ("." + order.folder + ".lock"),
        "another export is being written to " + folder.string()
    );
    if (!held.ok()) return held.status();
    MP_RETURN_IF_ERROR(MakeFolder(folder));
    auto finished = ReadManifest(folder, order.request);
    if (!finished.ok()) return finished.status();
    if (finished->has_value()) {
        // It may have been killed just before this.
        MP_RETURN_IF_ERROR(ExportJournal::Remove(folder));
        return **std::move(finished);
    }
    auto journal = ExportJournal::Open(folder, order.request, *std::move(series));
    if (!journal.ok()) return journal.status();
    const uint64_t kept = (*journal)->files();
    Job job{order, on_progress, folder, **journal};
    MP_RETURN_IF_ERROR(WriteParts(job));
    Result<ExportReport> report = WriteManifest(folder, order, **journal, context_.clock.Now());
    if (!report.ok()) return report.status();
    report->kept_parts = kept;
    MP_RETURN_IF_ERROR(ExportJournal::Remove(folder));
    return report;
}

Result<std::vector<model::Series>> Exporter::Resolve(const ExportOrder& order) const {
    std::vector<model::Series> stored;
    for (SeriesEntry& entry : context_.engine.ListSeries()) {
        stored.push_back(std::move(entry.series));
    }
    for (size_t i = 0; i < order.series.size(); ++i) {
        const SeriesWish& wish = order.series[i];
        const auto matches = [&](const model::Series& series) { return wish.Matches(series); };
        if (std::any_of(stored.begin(), stored.end(), matches)) continue;
        return absl::InvalidArgumentError(
            "series[" + std::to_string(i) + "]: nothing of the kind is stored"
        );
    }
    std::erase_if(stored, [&](const model::Series& series) {
        return std::none_of(order.series.begin(), order.series.end(), [&](const SeriesWish& wish) {
            return wish.Matches(series);
        });
    });
    std::sort(stored.begin(), stored.end(), [](const model::Series& a, const model::Series& b) {
        return std::pair(model::InstrumentKey(a.instrument), a.data_type) <
               std::pair(model::InstrumentKey(b.instrument), b.data_type);
    });
    return stored;
}

Status Exporter::WriteParts(Job& job) const {
    while (job.journal.place().series < job.journal.series().size()) {
        const Result<ExportedPart> part = WritePart(job);
        if (!part.ok()) return part.status();
        MP_RETURN_IF_ERROR(job.journal.Add(*part));
    }
    return OkStatus();
}

Result<ExportedPart> Exporter::WritePart(Job& job) const {
    const auto& [series, cursor, files] = job.journal.place();
    MP_RETURN_IF_ERROR(CheckRoom());
    pb::QueryEventsRequest request;
    wire::ToProto(job.SeriesAt(series), *request.mutable_series());
    request.set_start(job.order.time.from);
    request.set_end(job.order.time.to);
    request.set_limit(job.order.rows_per_part);
    request.set_cursor(cursor);
    auto query = EventQuery::Make(context_, request);
    if (!query.ok()) return query.status();

    EventLines lines(job.order.format, job.SeriesAt(series).data_type);
    ExportedPart part;
    part.series = series;
    std::unique_ptr<PartFile> file;
    uint64_t room_known_to = kLookForRoomEvery;
    std::string text;
    pb::EventChunk tail;
    for (bool last = false; !last;) {
        Result<Chunk> chunk = (*query)->Next();
        if (!chunk.ok()) return chunk.status();
        last = chunk->last;
        MP_RETURN_IF_ERROR(lines.Write(chunk->bytes, text));
        MP_RETURN_IF_ERROR(job.Report(series, lines.rows() > 0 ? lines.last() : job.order.time.from)
        );
        if (last && !tail.ParseFromString(chunk->bytes)) {
            return absl::InternalError("an answer of our own does not parse");
        }
        if (text.empty()) continue;
        if (file == nullptr) {
            part.file = job.NameOfNext();
            auto created = PartFile::Create(job.folder / part.file, job.order.compression);
            if (!created.ok()) return created.status();
            file = *std::move(created);
            MP_RETURN_IF_ERROR(file->Write(lines.Head()));
        }
        MP_RETURN_IF_ERROR(file->Write(text));
        if (file->bytes() < room_known_to) continue;
        room_known_to = file->bytes() + kLookForRoomEvery;
        MP_RETURN_IF_ERROR(CheckRoom());
    }
    if (file != nullptr) {
        Result<PartFile::Digest> digest = file->Finish();
        if (!digest.ok()) return digest.status();
        part.bytes = digest->bytes;
        part.sha256 = std::move(digest->sha256);
    }
    part.rows = lines.rows();
    part.first = lines.first();
    part.last = lines.last();
    part.next = tail.next_cursor();
    part.complete = tail.coverage().complete();
    part.gaps = GapsOf(tail.coverage());
    return part;
}

Status Exporter::CheckRoom() const {
    return Annotate(
        backup::CheckRoom(place_.path, 0, place_.min_free_bytes), "export (export.min_free_bytes)"
    );
}

}  // namespace mp::storage
