#include "exchange-sim/stream_loader.hpp"

#include "exchange-sim/json_text.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim {

std::string MembersOf(std::string_view object, const std::vector<std::string_view>& keys) {
    std::string out;
    for (const std::string_view key : keys) {
        const std::string_view value = FindValue(object, key);
        if (value.empty()) continue;
        out += Concat(out.empty() ? "" : ",", "\"", key, "\":", value);
    }
    return out;
}

Status StreamLoader::Load(const std::vector<CaptureFile>& files) {
    for (const CaptureFile& file : files) {
        file_years_.clear();
        unnamed_.clear();
        for (const CaptureLine& line : file.lines) AddLine(line);
        NameSnapshots();
        MP_RETURN_IF_ERROR(CheckYears(file.name));
    }
    if (streams_.empty()) {
        return absl::InvalidArgumentError(Concat("the capture holds no stream of ", exchange_));
    }
    return OkStatus();
}

void StreamLoader::AddLine(const CaptureLine& line) {
    if (line.direction != "in") return;
    const bool rest = line.transport == "rest";
    if (line.exchange != exchange_ || (!market_.empty() && line.market != market_)) {
        ++skipped_[Concat("of ", line.exchange, market_.empty() ? "" : " " + line.market)];
    } else if (const auto message = rest ? std::nullopt : read_message_(line)) {
        AddMessage(*message, line.recv_ns);
    } else if (!read_other_(line)) {
        ++skipped_
            [rest ? Concat("REST answers of ", line.channel)
                  : Concat("of no stream (", line.data_type, ")")];
    }
}

void StreamLoader::AddMessage(const StreamMessage& message, std::int64_t recv_ns) {
    Frame frame;
    frame.stream = hub_.StreamOf(message.stream);
    hub_.SetSymbol(frame.stream, message.symbol);
    frame.kind = message.kind;
    frame.stream_name = hub_.Name(frame.stream);
    frame.symbol = message.symbol;
    frame.wrapped = message.text;
    frame.payload_begin = message.payload_begin;
    frame.payload_size = message.payload_size > 0 ? message.payload_size
                                                  : static_cast<std::uint32_t>(message.text.size());
    frame.identity = message.identity;
    frame.recorded_ns = recv_ns;

    Recording::Item item;
    item.symbol = SymbolIndex(message.symbol);
    item.frame = StoredFrame(frame);
    item.recv_ns = recv_ns;
    recording_.items.push_back(std::move(item));
    const std::int64_t millis = message.time_ms > 0 ? message.time_ms : recv_ns / 1'000'000;
    file_years_.emplace(message.symbol, millis > 0 ? YearOf(millis) : 0);
    const auto [at, is_new] =
        streams_.emplace(message.stream, Stream{frame.stream, message.symbol, message.kind});
    // A stream of books is one, whatever its first message was.
    if (!is_new && message.kind == FrameKind::kBookDelta) at->second.kind = message.kind;
}

void StreamLoader::AddSnapshot(const std::string& symbol, const CaptureLine& line) {
    Recording::Item item;
    item.snapshot = true;
    item.raw = line.raw;
    item.recv_ns = line.recv_ns;
    if (symbol.empty()) {
        unnamed_.push_back(recording_.items.size());
    } else {
        item.symbol = SymbolIndex(symbol);
    }
    recording_.items.push_back(std::move(item));
}

void StreamLoader::NameSnapshots() {
    for (auto at = unnamed_.rbegin(); at != unnamed_.rend(); ++at) {
        if (file_years_.size() == 1) {
            recording_.items[*at].symbol = SymbolIndex(file_years_.begin()->first);
        } else {
            recording_.items.erase(recording_.items.begin() + static_cast<std::ptrdiff_t>(*at));
            ++skipped_["snapshots whose symbol is unknown"];
        }
    }
}

std::uint32_t StreamLoader::SymbolIndex(const std::string& symbol) {
    const auto [at, is_new] =
        symbols_.emplace(symbol, static_cast<std::uint32_t>(recording_.symbols.size()));
    if (is_new) recording_.symbols.push_back(symbol);
    return at->second;
}

Status StreamLoader::CheckYears(const std::string& file) {
    for (const auto& [symbol, year] : file_years_) {
        const int first = years_.emplace(symbol, year).first->second;
        if (first == year || first == 0 || year == 0) continue;
        return DifferentYears(symbol, first, file, year);
    }
    return OkStatus();
}

std::vector<std::string> StreamLoader::Remarks() const {
    std::vector<std::string> remarks;
    for (const auto& [why, count] : skipped_) {
        remarks.push_back(Concat("left out ", count, " lines ", why));
    }
    return remarks;
}

}  // namespace mp::sim
