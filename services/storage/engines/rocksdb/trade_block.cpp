#include "storage/engines/rocksdb/trade_block.hpp"

#include <algorithm>
#include <optional>

#include "base/big_endian.hpp"

namespace mp::storage {
namespace {

void AppendSized(std::string_view bytes, std::string& out) {
    AppendBigEndian(static_cast<uint32_t>(bytes.size()), out);
    out += bytes;
}

std::optional<std::string_view> TakeSized(std::string_view& rest) {
    if (rest.size() < sizeof(uint32_t)) return std::nullopt;
    const size_t size = ReadBigEndian32(rest);
    rest.remove_prefix(sizeof(uint32_t));
    if (rest.size() < size) return std::nullopt;
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
}

}  // namespace

TradeBlockWriter::Fit TradeBlockWriter::Add(const wire::TradeRow& row) {
    const Fit fit = columns_.Add(row);
    if (fit == Fit::kTaken) sequences_.push_back(row.sequence);
    return fit;
}

std::string TradeBlockWriter::Finish(std::string_view end) {
    std::string block;
    AppendSized(end, block);
    AppendSized(columns_.Finish(), block);
    if (std::any_of(sequences_.begin(), sequences_.end(), [](uint64_t s) { return s != 0; })) {
        uint64_t last = 0;
        for (const uint64_t sequence : sequences_) {
            AppendBigEndian(sequence - last, block);
            last = sequence;
        }
    }
    sequences_.clear();
    return block;
}

void TradeBlockWriter::Clear() {
    columns_.Clear();
    sequences_.clear();
}

std::string_view EndOfBlock(std::string_view block) {
    return TakeSized(block).value_or(std::string_view());
}

void TradeBlockReader::Open(std::string_view block) {
    const auto end = TakeSized(block);
    const auto columns = TakeSized(block);
    malformed_ = !end || !columns;
    end_ = end.value_or(std::string_view());
    columns_.Open(columns.value_or(std::string_view()));
    sequences_ = block;
    last_sequence_ = 0;
}

bool TradeBlockReader::Next(wire::TradeRow& row) {
    if (malformed_ || !columns_.Next(row)) return false;
    if (sequences_.size() >= sizeof(uint64_t)) {
        last_sequence_ += ReadBigEndian64(sequences_);
        sequences_.remove_prefix(sizeof(uint64_t));
    }
    row.sequence = last_sequence_;
    return true;
}

Status TradeBlockReader::status() const {
    if (malformed_) return absl::InvalidArgumentError("a block of trades is malformed");
    return columns_.status();
}

}  // namespace mp::storage
