#pragma once
// Many events as one message: EventBatch (the bus) and EventChunk (query answers). They share the
// field numbers of instruments and entries, so stored event bytes are copied verbatim into answers.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"

namespace mp::wire {

inline constexpr uint32_t kSchemaVersion = 1;

// The instrument table and the entries of a message in the making. Each instrument is known by its
// address: it must stay there, unchanged, until Finish (intern instruments once; the lookup is then
// O(1) and touches no text). Buffers are kept for the next message. Not thread-safe.
class EntryWriter {
  public:
    void Add(const model::Instrument& instrument, const model::Event& event);
    // `event`: the bytes of one Event.
    void AddEncoded(const model::Instrument& instrument, std::string_view event);

    size_t count() const { return count_; }
    // Size of the fields written so far, instruments and entries.
    size_t bytes() const { return table_bytes_ + size_; }

    // Appends the fields to `out` and starts anew.
    void Finish(std::string& out);
    void Clear();

  private:
    struct Slot {
        const model::Instrument* instrument = nullptr;
        uint64_t generation = 0;
        uint32_t index = 0;
    };

    uint32_t IndexOf(const model::Instrument& instrument);
    Slot& FindSlot(const model::Instrument* instrument);
    void GrowSlots();
    char* Reserve(size_t bytes);
    void CloseEntry(char* begin, const char* event, size_t event_size, uint32_t index);

    std::unique_ptr<char[]>
        entries_;  // raw: growing a std::string would clear what is written next
    size_t size_ = 0;
    size_t capacity_ = 0;
    size_t count_ = 0;
    std::vector<const model::Instrument*> table_;
    size_t table_bytes_ = 0;
    std::vector<Slot> slots_;  // open addressing; a slot of an older generation is free
    uint64_t generation_ = 1;
    const model::Instrument* last_ = nullptr;
    uint32_t last_index_ = 0;
};

// Builds EventBatch messages one after the other. See EntryWriter for what it asks of instruments.
class BatchBuilder {
  public:
    explicit BatchBuilder(std::string_view producer);

    void Add(const model::Instrument& instrument, const model::Event& event) {
        entries_.Add(instrument, event);
    }
    void AddEncoded(const model::Instrument& instrument, std::string_view event) {
        entries_.AddEncoded(instrument, event);
    }

    size_t count() const { return entries_.count(); }
    bool empty() const { return count() == 0; }
    // What Finish will write.
    size_t bytes() const { return header_.size() + entries_.bytes(); }

    // Replaces `out` by the batch and starts the next one.
    void Finish(std::string& out);

  private:
    std::string header_;  // schema_version and producer, encoded
    EntryWriter entries_;
};

// Builds the entries of EventChunk messages. The other fields (next_cursor, coverage, degraded) are
// appended by serialising an EventChunk that holds only them: concatenation is protobuf's merge.
class ChunkBuilder {
  public:
    void Add(const model::Instrument& instrument, const model::Event& event) {
        entries_.Add(instrument, event);
    }
    void AddEncoded(const model::Instrument& instrument, std::string_view event) {
        entries_.AddEncoded(instrument, event);
    }

    size_t count() const { return entries_.count(); }
    bool empty() const { return count() == 0; }
    size_t bytes() const { return entries_.bytes(); }

    // Replaces `out` by the chunk and starts the next one.
    void Finish(std::string& out);

  private:
    EntryWriter entries_;
};

struct BatchEntry {
    uint32_t instrument = 0;  // index into instruments(), checked
    std::string_view event;   // bytes of one Event, not looked into
};

// Takes an EventBatch or EventChunk apart without copying or parsing its events. Reusable: buffers
// and texts keep their memory. Views look into the opened bytes. Not thread-safe.
class BatchReader {
  public:
    // FailedPrecondition, naming the version, for a batch of another schema version;
    // InvalidArgument for bytes that are no batch, an entry without its instrument, an instrument
    // without exchange, known market or symbol. The reader is then empty.
    Status Open(std::string_view bytes);
    // The same for an EventChunk, which has no version. Other fields of it are skipped.
    Status OpenChunk(std::string_view bytes);

    std::string_view producer() const { return producer_; }
    std::span<const model::Instrument> instruments() const {
        return {instruments_.data(), instrument_count_};
    }
    std::span<const BatchEntry> entries() const { return entries_; }

  private:
    Status Parse(std::string_view bytes, bool versioned);
    Status ParseFields(std::string_view bytes, bool versioned);
    Status AddInstrument(std::string_view bytes);
    Status AddEntry(std::string_view bytes);

    std::string_view producer_;
    std::vector<model::Instrument> instruments_;  // the first instrument_count_ are in use
    size_t instrument_count_ = 0;
    std::vector<BatchEntry> entries_;
};

}  // namespace mp::wire
