#include "storage/engines/clickhouse/compression.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <lz4.h>

namespace mp::storage::clickhouse {
namespace {

// As the format is described: 16 bytes of checksum, a method, two sizes (the first one with these
// nine bytes), the compressed piece.
std::string Unpacked(std::string_view stream) {
    std::string out;
    while (stream.size() >= 25) {
        EXPECT_EQ(static_cast<unsigned char>(stream[16]), 0x82);
        uint32_t packed = 0, size = 0;
        std::memcpy(&packed, stream.data() + 17, sizeof(packed));
        std::memcpy(&size, stream.data() + 21, sizeof(size));
        std::string piece(size, '\0');
        const int unpacked = LZ4_decompress_safe(
            stream.data() + 25, piece.data(), static_cast<int>(packed) - 9, static_cast<int>(size)
        );
        EXPECT_EQ(unpacked, static_cast<int>(size));
        out += piece;
        stream.remove_prefix(16 + packed);
    }
    EXPECT_TRUE(stream.empty());
    return out;
}

TEST(Compression, IsWhatAServerUnpacks) {
    for (const size_t size : {0u, 1u, 1000u, 1u << 20, 3'000'001u}) {
        std::string bytes(size, 'x');
        for (size_t i = 0; i < size; i += 7) bytes[i] = static_cast<char>(i * i >> 3);
        std::string packed;
        Compress(bytes, packed);
        EXPECT_TRUE(Unpacked(packed) == bytes) << size;
        Compress("and more", packed);
        EXPECT_TRUE(Unpacked(packed) == bytes + "and more") << size;
    }
}

}  // namespace
}  // namespace mp::storage::clickhouse
