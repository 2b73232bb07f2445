#include "storage/engines/clickhouse/compression.hpp"

#include <cstdint>
#include <cstring>
#include <lz4.h>

namespace mp::storage::clickhouse {
namespace {

constexpr size_t kChecksum = 16;
constexpr size_t kHead = 9;  // method and sizes; the first size counts these too
constexpr unsigned char kLz4 = 0x82;
constexpr size_t kPiece = 1u << 20;

void PutSize(uint32_t size, char* out) {
    std::memcpy(out, &size, sizeof(size));
}

}  // namespace

void Compress(std::string_view bytes, std::string& out) {
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, kPiece);
        bytes.remove_prefix(piece.size());
        const int size = static_cast<int>(piece.size());
        const size_t begin = out.size();
        const int room = LZ4_compressBound(size);
        out.resize(begin + kChecksum + kHead + static_cast<size_t>(room), '\0');
        char* const head = out.data() + begin + kChecksum;
        const int packed = LZ4_compress_default(piece.data(), head + kHead, size, room);
        *head = static_cast<char>(kLz4);
        PutSize(static_cast<uint32_t>(packed) + kHead, head + 1);
        PutSize(static_cast<uint32_t>(size), head + 5);
        out.resize(begin + kChecksum + kHead + static_cast<size_t>(packed));
    }
}

}  // namespace mp::storage::clickhouse
