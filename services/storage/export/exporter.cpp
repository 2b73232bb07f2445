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
#include "base/big_endian.hpp"
#include "rows/gap_json.hpp"
#include "storage/export/event_lines.hpp"
#include "storage/export/export_manifest.hpp"
#include "storage/export/part_file.hpp"
#include "storage/query/event_query.hpp"
#include "storage/query/page_token.hpp"
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

// The file of the next part, which is made when there is something to write.
class Exporter::Out {
  public:
    Out(const Exporter& exporter, const Job& job) : exporter_(exporter), job_(job) {}

    bool begun() const { return file_ != nullptr; }

    Status Write(std::string_view bytes) {
        if (!begun()) {
            name_ = job_.NameOfNext();
            auto created = PartFile::Create(job_.folder / name_, job_.order.compression);
            if (!created.ok()) return created.status();
            file_ = *std::move(created);
        }
        MP_RETURN_IF_ERROR(file_->Write(bytes));
        if (file_->bytes() < room_known_to_) return OkStatus();
        room_known_to_ = file_->bytes() + kLookForRoomEvery;
        return exporter_.CheckRoom();
    }

    Status Finish(ExportedPart& part) {
        if (!begun()) return OkStatus();
        Result<PartFile::Digest> digest = file_->Finish();
        if (!digest.ok()) return digest.status();
        part.file = name_;
        part.bytes = digest->bytes;
        part.sha256 = std::move(digest->sha256);
        return OkStatus();
    }

  private:
    const Exporter& exporter_;
    const Job& job_;
    std::string name_;
    std::unique_ptr<PartFile> file_;
    uint64_t room_known_to_ = kLookForRoomEvery;
};

Result<ExportReport> Exporter::Run(const ExportOrder& order, const OnExportProgress& on_progress)
    const {
    Result<std::vector<model::Series>> series = Resolve(order);
    if (!series.ok()) return series.status();
    MP_RETURN_IF_ERROR(CheckFormat(order, *series));
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
        MP_RETURN_IF_ERROR(CheckRoom());
        const bool parquet = job.order.format == ExportFormat::kParquet;
        const Result<ExportedPart> part = parquet ? WriteParquet(job) : WriteLines(job);
        if (!part.ok()) return part.status();
        MP_RETURN_IF_ERROR(job.journal.Add(*part));
    }
    return OkStatus();
}

Result<ExportedPart> Exporter::WriteLines(Job& job) const {
    const auto& [series, cursor, files] = job.journal.place();
    pb::QueryEventsRequest request;
    wire::ToProto(job.SeriesAt(series), *request.mutable_series());
    request.set_start(job.order.time.from);
    request.set_end(job.order.time.to);
    request.set_limit(job.order.rows_per_part);
    request.set_cursor(cursor);
    auto query = EventQuery::Make(context_, request);
    if (!query.ok()) return query.status();

    const auto format =
        job.order.format == ExportFormat::kCsv ? rows::LineFormat::kCsv : rows::LineFormat::kNdjson;
    EventLines lines(format, job.SeriesAt(series).data_type);
    ExportedPart part;
    part.series = series;
    Out out(*this, job);
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
        if (!out.begun()) MP_RETURN_IF_ERROR(out.Write(lines.Head()));
        MP_RETURN_IF_ERROR(out.Write(text));
    }
    MP_RETURN_IF_ERROR(out.Finish(part));
    part.rows = lines.rows();
    part.first = lines.first();
    part.last = lines.last();
    part.next = tail.next_cursor();
    part.complete = tail.coverage().complete();
    part.gaps = GapsOf(tail.coverage());
    return part;
}

// As EventQuery goes through a series: the same claims, rows and cursors.
Result<ExportedPart> Exporter::WriteParquet(Job& job) const {
    const auto& [number, cursor, files] = job.journal.place();
    const model::Series& series = job.SeriesAt(number);
    EventQuestion asked;
    asked.series = {series};
    asked.start = job.order.time.from;
    asked.end = job.order.time.to;
    ScanRange range;
    range.time = job.order.time;
    AnsweredInterval answered{asked.start, asked.end, {}, false};
    if (!cursor.empty()) {
        Result<std::string> place = ReadPageToken(asked.ToQuestion(), cursor);
        if (!place.ok()) return place.status();
        range.after = *std::move(place);
        answered.start = ReadSortable(range.after);
    }
    const Result<Claims> claims = LoadClaims(context_, series);
    if (!claims.ok()) return claims.status();
    const std::optional<SeriesId> id = context_.engine.Find(series);
    if (!id) return absl::NotFoundError("nothing is stored of a series any more");

    ExportedPart part;
    part.series = number;
    Out out(*this, job);
    const auto take = [&](std::string_view bytes) {
        MP_RETURN_IF_ERROR(job.Report(number, *answered.start));
        return out.Write(bytes);
    };
    const Result<WrittenRows> written =
        context_.engine.WriteParquet(*id, range, job.order.rows_per_part, take);
    if (!written.ok()) return written.status();
    MP_RETURN_IF_ERROR(out.Finish(part));
    part.rows = written->rows;
    part.first = written->first;
    part.last = written->last;
    answered.rows = {written->rows > 0, written->first, written->last, 0};
    answered.more = written->more;
    if (written->more) part.next = MakePageToken(asked.ToQuestion(), written->last_key);
    const pb::CoverageReport coverage = ReportCoverage(*claims, series, answered);
    part.complete = coverage.complete();
    part.gaps = GapsOf(coverage);
    return part;
}

// Whether the engine can write what is asked for.
Status Exporter::CheckFormat(const ExportOrder& order, const std::vector<model::Series>& series)
    const {
    if (order.format != ExportFormat::kParquet) return OkStatus();
    const Status writes = context_.engine.WritesParquet();
    if (absl::IsUnimplemented(writes)) {
        return absl::InvalidArgumentError("format: " + std::string(writes.message()));
    }
    const auto is_state = [](const model::Series& one) {
        return one.data_type == model::DataType::kInstrument;
    };
    if (std::none_of(series.begin(), series.end(), is_state)) return writes;
    return absl::InvalidArgumentError(
        "format: of instrument metadata only changes are exported, which parquet cannot leave "
        "repeats out of: name other values of data_type, or csv or ndjson"
    );
}

Status Exporter::CheckRoom() const {
    return Annotate(
        backup::CheckRoom(place_.path, 0, place_.min_free_bytes), "export (export.min_free_bytes)"
    );
}

}  // namespace mp::storage
