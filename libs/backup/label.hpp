#pragma once
// What a backup says of the store in it. Pure values; thread-safe.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "base/time.hpp"

namespace mp::backup {

// The layout of a store in RocksDB that this program knows (storage's engines/rocksdb/layout.hpp);
// here, because who restores without storage must know it too.
// 1 had no counters, 2 no blocks of trades, 3 their rows beside them.
inline constexpr uint32_t kStoreSchema = 4;

struct Label {
    uint32_t schema = kStoreSchema;
    std::string program;    // the version of the program that made the backup
    Nanos incarnation = 0;  // of the stream that the store was filled from; 0: none yet
    uint64_t floor = 0;     // everything up to this sequence of it is in the backup
    uint64_t events = 0;    // at least

    friend bool operator==(const Label&, const Label&) = default;
};

std::string Encode(const Label& label);
// FailedPrecondition for text that is no label: somebody else's backup.
Result<Label> DecodeLabel(std::string_view text);

// FailedPrecondition, saying what to do, for the store of a newer program.
Status CheckSchema(const Label& label);

}  // namespace mp::backup
