#include "storage/engines/rocksdb/schema.hpp"

#include <charconv>
#include <memory>
#include <rocksdb/write_batch.h>
#include <string>

#include "base/big_endian.hpp"
#include "storage/engines/records.hpp"
#include "storage/engines/rocksdb/cursor.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/status.hpp"

namespace mp::storage {
namespace {

Result<uint32_t> StoredVersion(rocksdb::DB& db) {
    std::string text;
    const rocksdb::Status found = db.Get({}, layout::MetaKey("schema"), &text);
    if (found.IsNotFound()) return 0;
    if (!found.ok()) return FromRocks(found, "reading the schema version");
    uint32_t version = 0;
    const char* end = text.data() + text.size();
    if (std::from_chars(text.data(), end, version).ptr != end || version == 0) {
        return absl::DataLossError("the stored schema version is no number: " + text);
    }
    return version;
}

Status PutVersion(rocksdb::DB& db, uint32_t version, rocksdb::WriteBatch writes) {
    writes.Put(layout::MetaKey("schema"), std::to_string(version));
    rocksdb::WriteOptions options;
    options.sync = true;
    return FromRocks(db.Write(options, &writes), "writing the schema version");
}

// 1 -> 2: every series has a row of counters.
Status AddCounters(rocksdb::DB& db) {
    rocksdb::WriteBatch writes;
    const std::string prefix = layout::KindPrefix(layout::Kind::kDictionary);
    const std::string end = layout::EndOf(prefix);
    const rocksdb::Slice upper = end;
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> rows(db.NewIterator(options));
    for (rows->Seek(prefix); rows->Valid(); rows->Next()) {
        const SeriesId id = ReadBigEndian32(rows->key().ToStringView().substr(prefix.size()));
        records::Counters counters;
        ScanRange all;
        all.bulk = true;
        RocksCursor events(db, id, all);
        while (events.Next()) ++counters.events;
        MP_RETURN_IF_ERROR(events.status());
        writes.Put(
            layout::SeriesKey(layout::Kind::kCounters, id), records::EncodeCounters(counters)
        );
    }
    MP_RETURN_IF_ERROR(FromRocks(rows->status(), "reading"));
    return PutVersion(db, 2, std::move(writes));
}

// 3 -> 4: blocks stood beside their rows and did not tell all of a trade. They are packed anew.
Status DeleteBlocks(rocksdb::DB& db) {
    constexpr uint32_t kDeletedAtOnce = 10'000;
    rocksdb::WriteBatch writes;
    const auto delete_rows = [&](const std::string& first, const std::string& last) -> Status {
        const rocksdb::Slice upper = last;
        rocksdb::ReadOptions options;
        options.iterate_upper_bound = &upper;
        options.fill_cache = false;
        const std::unique_ptr<rocksdb::Iterator> rows(db.NewIterator(options));
        for (rows->Seek(first); rows->Valid(); rows->Next()) {
            writes.Delete(rows->key());
            if (writes.Count() < kDeletedAtOnce) continue;
            MP_RETURN_IF_ERROR(FromRocks(db.Write({}, &writes), "deleting older blocks"));
            writes.Clear();
        }
        return FromRocks(rows->status(), "reading");
    };
    std::string first, last;
    layout::BlockKey(0, "", first);
    layout::EventKey(layout::kIdentityBit, "", last);
    MP_RETURN_IF_ERROR(delete_rows(first, last));
    const std::string holes = layout::KindPrefix(layout::Kind::kHole);
    MP_RETURN_IF_ERROR(delete_rows(holes, layout::EndOf(holes)));
    return PutVersion(db, 4, std::move(writes));
}

}  // namespace

Status BringSchemaUpToDate(rocksdb::DB& db) {
    const Result<uint32_t> version = StoredVersion(db);
    if (!version.ok()) return version.status();
    if (*version == 0) return PutVersion(db, layout::kSchemaVersion, rocksdb::WriteBatch());
    if (*version > layout::kSchemaVersion) {
        return absl::FailedPreconditionError(
            "the store has schema version " + std::to_string(*version) + ", this program knows " +
            std::to_string(layout::kSchemaVersion) + ": start a newer program"
        );
    }
    if (*version == 1) MP_RETURN_IF_ERROR(AddCounters(db));
    // 2 -> 3: nothing is missing, but version 2 would leave blocks as they are where it writes.
    if (*version < 4) MP_RETURN_IF_ERROR(DeleteBlocks(db));
    return OkStatus();
}

}  // namespace mp::storage
