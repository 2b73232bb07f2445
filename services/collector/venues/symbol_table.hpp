#pragma once
// Venue symbol -> instrument id, and what a parser must know about that instrument: looked up once
// a message, so open addressing over stored hashes. Not thread-safe. Texts are owned; ids are the
// caller's.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/listing.hpp"

namespace mp::collector {

class SymbolTable {
  public:
    SymbolTable() : slots_(64) {}

    // Adds the symbol, or gives it another id or other facts. kNoInstrument takes it out.
    void Set(std::string_view symbol, InstrumentId id, InstrumentFacts facts = {});

    // kNoInstrument where it is unknown.
    InstrumentId Find(std::string_view symbol) const noexcept {
        const uint64_t hash = Hash(symbol);
        for (size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
            const Slot& slot = slots_[at];
            if (slot.symbol.empty()) return kNoInstrument;
            if (slot.hash == hash && slot.symbol == symbol) return slot.id;
        }
    }

    // Of an id that Set was given.
    const InstrumentFacts& FactsOf(InstrumentId id) const noexcept { return facts_[id]; }

  private:
    struct Slot {
        uint64_t hash = 0;
        InstrumentId id = kNoInstrument;
        std::string symbol;  // empty: the slot is free
    };

    // The first and the last eight bytes tell venue symbols apart well enough.
    static uint64_t Hash(std::string_view text) noexcept {
        uint64_t head = 0;
        uint64_t tail = 0;
        if (text.size() >= 8) {
            std::memcpy(&head, text.data(), 8);
            std::memcpy(&tail, text.data() + text.size() - 8, 8);
        } else {
            for (const char c : text) head = head << 8 | static_cast<unsigned char>(c);
        }
        uint64_t hash = (head ^ text.size()) * 0x9E3779B97F4A7C15ull;
        hash = (hash ^ (hash >> 32) ^ tail) * 0xC2B2AE3D27D4EB4Full;
        return hash ^ (hash >> 29);
    }

    void Place(std::string_view symbol, InstrumentId id);
    void Grow();

    std::vector<InstrumentFacts> facts_;  // by id
    std::vector<Slot> slots_;             // a power of two, at most half full
    size_t used_ = 0;
};

}  // namespace mp::collector
