#include "storage/export/compressor.hpp"

#include <gtest/gtest.h>
#include <string>
#include <zlib.h>
#include <zstd.h>

#include "storage/export/sha256.hpp"

namespace mp::storage {
namespace {

// What 3 MB of lines become, given in pieces.
std::string Lines() {
    std::string text;
    for (int i = 0; text.size() < 3'000'000; ++i)
        text += std::to_string(i * 7919) + ",BTC-USDT\r\n";
    return text;
}

std::string Packed(Compression compression, const std::string& text) {
    std::string packed;
    const auto compressor = MakeCompressor(compression, [&](std::string_view bytes) {
        packed += bytes;
        return OkStatus();
    });
    for (size_t at = 0; at < text.size(); at += 100'000) {
        EXPECT_TRUE(compressor->Write(std::string_view(text).substr(at, 100'000)).ok());
    }
    EXPECT_TRUE(compressor->Finish().ok());
    return packed;
}

std::string Gunzipped(std::string packed) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string text(4'000'000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    text.resize(stream.total_out);
    inflateEnd(&stream);
    return text;
}

std::string Unzstd(const std::string& packed) {
    std::string text(4'000'000, '\0');
    const size_t size = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
    EXPECT_EQ(ZSTD_isError(size), 0u);
    text.resize(size);
    return text;
}

TEST(Compressor, WhatItPacksIsWhatUnpackingGives) {
    for (const std::string& text : {Lines(), std::string(), std::string("one line\n")}) {
        EXPECT_EQ(Packed(Compression::kNone, text), text);
        EXPECT_EQ(Gunzipped(Packed(Compression::kGzip, text)), text);
        EXPECT_EQ(Unzstd(Packed(Compression::kZstd, text)), text);
    }
    EXPECT_LT(Packed(Compression::kGzip, Lines()).size(), Lines().size() / 2);
    EXPECT_LT(Packed(Compression::kZstd, Lines()).size(), Lines().size() / 2);
}

TEST(Compressor, PassesTheErrorOfWhereItWritesTo) {
    const auto full = [](std::string_view) { return absl::ResourceExhaustedError("full"); };
    for (const Compression compression :
         {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
        const auto compressor = MakeCompressor(compression, full);
        Status status = compressor->Write(Lines());
        if (status.ok()) status = compressor->Finish();
        EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
    }
}

TEST(Sha256, IsWhatOthersCompute) {
    EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256 pieces;
    pieces.Add("a");
    pieces.Add("bc");
    EXPECT_EQ(pieces.Finish(), Sha256Hex("abc"));
}

}  // namespace
}  // namespace mp::storage
