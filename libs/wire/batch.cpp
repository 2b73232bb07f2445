#include "wire/batch.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "wire/event_codec.hpp"
#include "wire/field_writer.hpp"

namespace mp::wire {
namespace {

constexpr size_t kMaxEntryHeader = kMaxBytesHeader + kMaxNumberField + kMaxBytesHeader;
constexpr size_t kSmallestBuffer = 4096;
constexpr size_t kSmallestTable = 64;

size_t TextFieldSize(std::string_view text) {
    return text.empty() ? 0 : 1 + VarintSize(text.size()) + text.size();
}

size_t ContentSize(const model::Instrument& instrument) {
    return TextFieldSize(instrument.exchange) +
           (instrument.market == model::Market::kUnspecified ? 0 : 2) +
           TextFieldSize(instrument.symbol) + TextFieldSize(instrument.venue_symbol);
}

size_t FieldSize(const model::Instrument& instrument) {
    const size_t size = ContentSize(instrument);
    return 1 + VarintSize(size) + size;
}

size_t EntrySize(uint32_t index, size_t event_size) {
    const size_t index_size = index == 0 ? 0 : 1 + VarintSize(index);
    return index_size + 1 + VarintSize(event_size) + event_size;
}

// What stands in front of an event: tag and size of its entry, its instrument, tag and size of
// itself.
size_t HeaderSize(uint32_t index, size_t event_size) {
    const size_t entry_size = EntrySize(index, event_size);
    return 1 + VarintSize(entry_size) + entry_size - event_size;
}

void WriteInstrument(const model::Instrument& instrument, FieldWriter& out) {
    out.Nested(3, ContentSize(instrument), [&](FieldWriter& fields) {
        fields.Text(1, instrument.exchange);
        fields.Choice(2, instrument.market);
        fields.Text(3, instrument.symbol);
        fields.Text(4, instrument.venue_symbol);
    });
}

}  // namespace

char* EntryWriter::Reserve(size_t bytes) {
    const size_t needed = size_ + bytes;
    if (needed > capacity_) {
        const size_t capacity = std::max({needed, capacity_ * 2, kSmallestBuffer});
        std::unique_ptr<char[]> grown(new char[capacity]);
        if (size_ != 0) std::memcpy(grown.get(), entries_.get(), size_);
        entries_ = std::move(grown);
        capacity_ = capacity;
    }
    return entries_.get() + size_;
}

void EntryWriter::Add(const model::Instrument& instrument, const model::Event& event) {
    const uint32_t index = IndexOf(instrument);
    char* const begin = Reserve(kMaxEntryHeader + MaxEventSize(event) + kWriteSlack);
    char* const content = begin + HeaderSize(index, ExpectedEventSize(event));
    const char* const end = WriteEvent(event, content);
    CloseEntry(begin, content, static_cast<size_t>(end - content), index);
}

void EntryWriter::AddEncoded(const model::Instrument& instrument, std::string_view event) {
    const uint32_t index = IndexOf(instrument);
    char* const begin = Reserve(kMaxEntryHeader + event.size() + kWriteSlack);
    CloseEntry(begin, event.data(), event.size(), index);
}

// Writes the header at `begin`; moves the event behind it where it is not there already.
void EntryWriter::CloseEntry(char* begin, const char* event, size_t event_size, uint32_t index) {
    const size_t header_size = HeaderSize(index, event_size);
    char* const place = begin + header_size;
    if (place != event && event_size != 0) std::memmove(place, event, event_size);
    // Written aside: a varint may touch what follows it.
    char header[kMaxEntryHeader + kWriteSlack];
    FieldWriter out(header);
    out.PutTag(4, WireType::kBytes);
    out.PutVarint(EntrySize(index, event_size));
    out.Number(1, index);
    out.PutTag(2, WireType::kBytes);
    out.PutVarint(event_size);
    std::memcpy(begin, header, header_size);
    size_ += header_size + event_size;
    ++count_;
}

uint32_t EntryWriter::IndexOf(const model::Instrument& instrument) {
    if (&instrument == last_) return last_index_;
    if (slots_.size() < 2 * (table_.size() + 1)) GrowSlots();
    Slot& slot = FindSlot(&instrument);
    if (slot.generation != generation_) {
        slot = {&instrument, generation_, static_cast<uint32_t>(table_.size())};
        table_.push_back(&instrument);
        table_bytes_ += FieldSize(instrument);
    }
    last_ = &instrument;
    last_index_ = slot.index;
    return last_index_;
}

// The instrument's slot, or the free one where it belongs.
EntryWriter::Slot& EntryWriter::FindSlot(const model::Instrument* instrument) {
    const auto address = reinterpret_cast<uintptr_t>(instrument);
    const size_t mask = slots_.size() - 1;
    size_t i = (address * 0x9e3779b97f4a7c15ull) >> 32;
    for (;; ++i) {
        Slot& slot = slots_[i & mask];
        if (slot.generation != generation_ || slot.instrument == instrument) return slot;
    }
}

void EntryWriter::GrowSlots() {
    slots_.assign(std::max(kSmallestTable, slots_.size() * 2), {});
    for (uint32_t i = 0; i < table_.size(); ++i) {
        FindSlot(table_[i]) = {table_[i], generation_, i};
    }
}

void EntryWriter::Finish(std::string& out) {
    const size_t before = out.size();
    const size_t written = bytes();
    out.resize(before + written + kWriteSlack);
    FieldWriter writer(out.data() + before);
    for (const model::Instrument* instrument : table_) WriteInstrument(*instrument, writer);
    writer.PutBytes({entries_.get(), size_});
    out.resize(before + written);
    Clear();
}

void EntryWriter::Clear() {
    size_ = 0;
    count_ = 0;
    table_.clear();
    table_bytes_ = 0;
    ++generation_;
    last_ = nullptr;
}

BatchBuilder::BatchBuilder(std::string_view producer) {
    header_.resize(kMaxNumberField + MaxTextField(producer) + kWriteSlack);
    FieldWriter out(header_.data());
    out.Number(1, kSchemaVersion);
    out.Text(2, producer);
    header_.resize(static_cast<size_t>(out.end() - header_.data()));
}

void BatchBuilder::Finish(std::string& out) {
    out = header_;
    entries_.Finish(out);
}

void ChunkBuilder::Finish(std::string& out) {
    out.clear();
    entries_.Finish(out);
}

}  // namespace mp::wire
