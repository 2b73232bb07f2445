#include "bench/storage/raw_store.hpp"

#include <cstdio>
#include <cstdlib>

#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/options.hpp"

namespace mp::bench {
namespace {

void Require(const rocksdb::Status& status) {
    if (status.ok()) return;
    std::fprintf(stderr, "rocksdb: %s\n", status.ToString().c_str());
    std::exit(1);
}

}  // namespace

RawStore::RawStore(const std::filesystem::path& path) {
    storage::RocksConfig config;
    config.path = path;
    rocksdb::DB* db = nullptr;
    Require(rocksdb::DB::Open(storage::MakeOptions(config, nullptr), path.string(), &db));
    db_.reset(db);
}

void RawStore::Put(uint32_t series, std::string_view key, std::string_view value) {
    storage::layout::EventKey(series, key, key_);
    batch_.Put(key_, rocksdb::Slice(value.data(), value.size()));
}

void RawStore::Commit() {
    rocksdb::WriteOptions options;
    options.sync = true;
    Require(db_->Write(options, &batch_));
    batch_.Clear();
}

void RawStore::Settle() {
    Require(db_->CompactRange({}, nullptr, nullptr));
}

uint64_t RawStore::Bytes() const {
    uint64_t bytes = 0;
    db_->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
    return bytes;
}

size_t RawStore::Scan(uint32_t series, std::string_view key, size_t limit, bool bulk) const {
    std::string first, end;
    storage::layout::EventKey(series, key, first);
    storage::layout::EventKey(series + 1, "", end);
    const rocksdb::Slice upper = end;
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper;
    options.fill_cache = !bulk;
    if (bulk) options.readahead_size = 512u << 10;
    const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(options));
    size_t bytes = 0;
    for (rows->Seek(first); rows->Valid() && limit > 0; rows->Next(), --limit) {
        bytes += rows->value().size();
    }
    Require(rows->status());
    return bytes;
}

}  // namespace mp::bench
