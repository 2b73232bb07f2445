#pragma once
// Test only: a disk that can be full. Writes fail with "no space" while it is.

#include <atomic>
#include <memory>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace mp::storage {

class FaultyDisk final : public rocksdb::FileSystemWrapper {
  public:
    FaultyDisk() : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()) {}

    const char* Name() const override { return "FaultyDisk"; }
    void SetFull(bool full) { full_ = full; }

    rocksdb::IOStatus NewWritableFile(
        const std::string& name,
        const rocksdb::FileOptions& options,
        std::unique_ptr<rocksdb::FSWritableFile>* result,
        rocksdb::IODebugContext* debug
    ) override {
        if (full_) return NoSpace();
        rocksdb::IOStatus opened = target()->NewWritableFile(name, options, result, debug);
        if (opened.ok()) *result = std::make_unique<File>(std::move(*result), full_);
        return opened;
    }

    rocksdb::IOStatus GetFreeSpace(
        const std::string& path,
        const rocksdb::IOOptions& options,
        uint64_t* free,
        rocksdb::IODebugContext* debug
    ) override {
        if (!full_) return target()->GetFreeSpace(path, options, free, debug);
        *free = 0;
        return rocksdb::IOStatus::OK();
    }

  private:
    static rocksdb::IOStatus NoSpace() { return rocksdb::IOStatus::NoSpace("the disk is full"); }

    class File final : public rocksdb::FSWritableFileOwnerWrapper {
      public:
        File(std::unique_ptr<rocksdb::FSWritableFile> file, const std::atomic<bool>& full)
            : rocksdb::FSWritableFileOwnerWrapper(std::move(file)), full_(full) {}

        rocksdb::IOStatus Append(
            const rocksdb::Slice& data,
            const rocksdb::IOOptions& options,
            rocksdb::IODebugContext* debug
        ) override {
            if (full_) return NoSpace();
            return FSWritableFileOwnerWrapper::Append(data, options, debug);
        }
        rocksdb::IOStatus Append(
            const rocksdb::Slice& data,
            const rocksdb::IOOptions& options,
            const rocksdb::DataVerificationInfo& verification,
            rocksdb::IODebugContext* debug
        ) override {
            if (full_) return NoSpace();
            return FSWritableFileOwnerWrapper::Append(data, options, verification, debug);
        }

      private:
        const std::atomic<bool>& full_;
    };

    std::atomic<bool> full_{false};
};

}  // namespace mp::storage
