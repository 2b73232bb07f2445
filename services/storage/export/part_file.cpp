#include "storage/export/part_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "base/whole_file.hpp"

namespace mp::storage {

namespace fs = std::filesystem;

Status FileError(const fs::path& path) {
    const int error = errno;
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
        return absl::ResourceExhaustedError(
            "no room for " + path.string() + ": free some, or set export.path to another disk"
        );
    }
    return absl::ErrnoToStatus(error, "cannot write " + path.string());
}

Status WriteAll(int file, std::string_view bytes, const fs::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return FileError(path);
        bytes.remove_prefix(static_cast<size_t>(written));
    }
    return OkStatus();
}

Result<std::unique_ptr<PartFile>> PartFile::Create(const fs::path& path, Compression compression) {
    const std::string name = path.string() + std::string(kUnfinished);
    const int file =
        open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0) return FileError(name);
    return std::unique_ptr<PartFile>(new PartFile(path, file, compression));
}

PartFile::PartFile(fs::path path, int file, Compression compression)
    : path_(std::move(path)),
      file_(file),
      compressor_(MakeCompressor(compression, [this](std::string_view bytes) { return Put(bytes); })
      ) {}

PartFile::~PartFile() {
    if (file_ >= 0) close(file_);
    if (!finished_) unlink(Unfinished().c_str());
}

fs::path PartFile::Unfinished() const {
    return path_.string() + std::string(kUnfinished);
}

Status PartFile::Put(std::string_view bytes) {
    hash_.Add(bytes);
    bytes_ += bytes.size();
    return WriteAll(file_, bytes, path_);
}

Result<PartFile::Digest> PartFile::Finish() {
    MP_RETURN_IF_ERROR(compressor_->Finish());
    if (fsync(file_) != 0) return FileError(path_);
    if (close(std::exchange(file_, -1)) != 0) return FileError(path_);
    if (rename(Unfinished().c_str(), path_.c_str()) != 0) return FileError(path_);
    finished_ = true;
    MP_RETURN_IF_ERROR(SyncFolder(path_.parent_path()));
    return Digest{bytes_, hash_.Finish()};
}

}  // namespace mp::storage
