#pragma once
// One file of an export in the making: it has another name until it is whole and on the disk, and
// goes away where it does not become so. Not thread-safe; blocks.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "storage/export/compressor.hpp"
#include "storage/export/sha256.hpp"

namespace mp::storage {

// What the name of a file in the making ends with.
inline constexpr std::string_view kUnfinished = ".part";

class PartFile {
  public:
    // What lies in the file as it is on the disk.
    struct Digest {
        uint64_t bytes = 0;
        std::string sha256;
    };

    // ResourceExhausted: the disk is full.
    static Result<std::unique_ptr<PartFile>> Create(
        const std::filesystem::path& path, Compression compression
    );
    ~PartFile();
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    Status Write(std::string_view text) { return compressor_->Write(text); }
    // Packed bytes so far.
    uint64_t bytes() const { return bytes_; }
    // The file stands under its name, whenever the machine dies.
    Result<Digest> Finish();

  private:
    PartFile(std::filesystem::path path, int file, Compression compression);

    Status Put(std::string_view bytes);
    std::filesystem::path Unfinished() const;

    const std::filesystem::path path_;
    int file_;
    uint64_t bytes_ = 0;
    bool finished_ = false;
    Sha256 hash_;
    const std::unique_ptr<Compressor> compressor_;
};

// What went wrong with a file, by errno; ResourceExhausted says that there is no room.
Status FileError(const std::filesystem::path& path);

// All of it. Blocks.
Status WriteAll(int file, std::string_view bytes, const std::filesystem::path& path);

}  // namespace mp::storage
