#include "collector/venues/symbol_table.hpp"

#include <utility>

namespace mp::collector {

void SymbolTable::Set(std::string_view symbol, InstrumentId id, InstrumentFacts facts) {
    if (symbol.empty()) return;
    Place(symbol, id);
    if (id == kNoInstrument) return;
    if (id >= facts_.size()) facts_.resize(id + 1);
    facts_[id] = facts;
}

void SymbolTable::Place(std::string_view symbol, InstrumentId id) {
    if ((used_ + 1) * 2 > slots_.size()) Grow();
    const uint64_t hash = Hash(symbol);
    size_t at = hash & (slots_.size() - 1);
    while (!slots_[at].symbol.empty() && slots_[at].symbol != symbol) {
        at = (at + 1) & (slots_.size() - 1);
    }
    if (slots_[at].symbol.empty()) ++used_;
    slots_[at] = {hash, id, std::string(symbol)};
}

void SymbolTable::Grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    used_ = 0;
    for (const Slot& slot : old) {
        if (!slot.symbol.empty()) Place(slot.symbol, slot.id);
    }
}

}  // namespace mp::collector
