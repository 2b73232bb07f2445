#include "collector/publish/unpublishable.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <utility>

#include "telemetry/logging.hpp"

namespace mp::collector {
namespace {

namespace fs = std::filesystem;

const telemetry::Logger kLog{"collector.unpublishable"};

std::string Text(const model::Instrument& instrument) {
    return fmt::format(
        "{}|{}|{}", instrument.exchange, model::ToString(instrument.market), instrument.symbol
    );
}

bool SaysComplete(const model::Coverage& claim) {
    return claim.state == model::CoverageState::kComplete ||
           claim.state == model::CoverageState::kRepaired;
}

std::string ReadFile(const fs::path& path) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return std::move(bytes).str();
}

}  // namespace

Unpublishable::Unpublishable(Config config) : config_(std::move(config)) {
    std::error_code none;
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(config_.directory, none)) {
        paths.push_back(entry.path());
    }
    // Names begin with the sequence, of fixed width.
    std::sort(paths.begin(), paths.end());
    for (fs::path& path : paths) {
        const std::string payload = ReadFile(path);
        Remember({std::move(path), payload.size(), Read(payload)});
    }
}

std::vector<LostEvents> Unpublishable::Keep(const SpoolRecord& record) {
    std::vector<LostEvents> lost = Read(record.payload);
    const fs::path path =
        config_.directory / fmt::format("{:020}.{}", record.sequence, record.subject);
    std::error_code ignored;
    fs::create_directories(config_.directory, ignored);
    std::ofstream out(path, std::ios::binary);
    out << record.payload;
    out.close();
    if (!out) kLog.Error("a batch could not be put aside", {{"file", path.string()}});
    Remember({path, record.payload.size(), lost});
    return lost;
}

std::vector<LostEvents> Unpublishable::Read(std::string_view payload) {
    std::vector<LostEvents> lost;
    const Status opened = reader_.Open(payload);
    if (!opened.ok()) {
        kLog.Error("what a batch held cannot be told", {{"reason", opened}});
        return lost;
    }
    std::map<std::pair<uint32_t, model::DataType>, size_t> found;
    model::Event event;
    for (const wire::BatchEntry& entry : reader_.entries()) {
        if (!decoder_.Decode(entry.event, event).ok()) continue;
        const model::DataType type = model::TypeOf(event);
        const auto [at, is_new] = found.try_emplace({entry.instrument, type}, lost.size());
        if (is_new) {
            const model::Interval instant{event.order_ts, event.order_ts + 1};
            lost.push_back({reader_.instruments()[entry.instrument], type, instant});
        }
        model::Interval& interval = lost[at->second].interval;
        interval.from = std::min(interval.from, event.order_ts);
        interval.to = std::max(interval.to, event.order_ts + 1);
    }
    return lost;
}

void Unpublishable::Remember(File file) {
    Index(file);
    bytes_ += file.bytes;
    files_.push_back(std::move(file));
    while (files_.size() > config_.max_files || (bytes_ > config_.max_bytes && files_.size() > 1)) {
        Forget(files_.front());
        files_.pop_front();
    }
}

void Unpublishable::Forget(const File& file) {
    std::error_code ignored;
    fs::remove(file.path, ignored);
    bytes_ -= file.bytes;
    lost_.clear();
    for (size_t i = 1; i < files_.size(); ++i) Index(files_[i]);
}

void Unpublishable::Index(const File& file) {
    for (const LostEvents& lost : file.lost) {
        lost_[{Text(lost.instrument), lost.type}].Add(lost.interval);
    }
}

const model::IntervalSet* Unpublishable::LostOf(
    const model::Instrument& instrument, model::DataType type
) const {
    const auto found = lost_.find({Text(instrument), type});
    return found == lost_.end() ? nullptr : &found->second;
}

std::optional<std::string> Unpublishable::Cut(std::string_view claims) {
    if (lost_.empty() || !reader_.Open(claims).ok()) return std::nullopt;
    wire::BatchBuilder kept{reader_.producer()};
    bool changed = false;
    model::Event event;
    for (const wire::BatchEntry& entry : reader_.entries()) {
        const model::Instrument& instrument = reader_.instruments()[entry.instrument];
        const bool readable = decoder_.Decode(entry.event, event).ok();
        const auto* claim = readable ? std::get_if<model::Coverage>(&event.body) : nullptr;
        const model::IntervalSet* lost = claim != nullptr && SaysComplete(*claim)
                                             ? LostOf(instrument, claim->data_type)
                                             : nullptr;
        const model::Interval whole =
            lost != nullptr ? model::Interval{claim->from_ts, claim->to_ts} : model::Interval{};
        if (lost == nullptr || lost->Within(whole).empty()) {
            kept.AddEncoded(instrument, entry.event);
            continue;
        }
        changed = true;
        for (const model::Interval& part : lost->Gaps(whole)) {
            model::Coverage piece = *claim;
            piece.from_ts = part.from;
            piece.to_ts = part.to;
            if (part.from != whole.from) piece.from_id.reset();
            if (part.to != whole.to) piece.to_id.reset();
            model::Event said = event;
            said.order_ts = part.from;
            said.body = piece;
            kept.Add(instrument, said);
        }
    }
    if (!changed) return std::nullopt;
    std::string batch;
    if (!kept.empty()) kept.Finish(batch);
    return batch;
}

}  // namespace mp::collector
