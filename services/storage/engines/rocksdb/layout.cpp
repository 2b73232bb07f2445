#include "storage/engines/rocksdb/layout.hpp"

#include "base/big_endian.hpp"

namespace mp::storage::layout {
namespace {

std::string Prefix(Kind kind) {
    std::string key(kIdSize, '\0');
    key += static_cast<char>(kind);
    return key;
}

}  // namespace

std::string MetaKey(std::string_view name) {
    return Prefix(Kind::kMeta) + std::string(name);
}
std::string NoteKey(std::string_view key) {
    return Prefix(Kind::kNote) + std::string(key);
}
std::string KindPrefix(Kind kind) {
    return Prefix(kind);
}

std::string SeriesKey(Kind kind, SeriesId id) {
    std::string key = Prefix(kind);
    AppendBigEndian(id, key);
    return key;
}

std::string EndOf(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
    if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
    return prefix;
}

void EventKey(SeriesId id, std::string_view key, std::string& out) {
    out.clear();
    AppendBigEndian(id, out);
    out += key;
}

void IdentityKey(SeriesId id, std::string_view identity, std::string& out) {
    out.clear();
    AppendBigEndian(id | kIdentityBit, out);
    out += identity;
}

void BlockKey(SeriesId id, std::string_view key, std::string& out) {
    out.clear();
    AppendBigEndian(id | kBlockBit, out);
    out += key;
}

void HoleKey(SeriesId id, std::string_view key, std::string& out) {
    out = SeriesKey(Kind::kHole, id);
    out += key;
}

std::string TimeKey(SeriesId id, Nanos time) {
    std::string key;
    AppendBigEndian(id, key);
    AppendSortable(time, key);
    return key;
}

}  // namespace mp::storage::layout
