#include "tasks/records.hpp"

#include <map>
#include <utility>

#include "reliability/update_surely.hpp"

namespace mp::tasks {
namespace {

// How long a write whose answer was lost is tried again.
constexpr std::chrono::seconds kWriteLimit{10};

}  // namespace

runtime::Task<Result<StoredRecord>> Records::Get(std::string id) {
    auto entry = co_await bucket_.Get(RecordKey(id));
    if (absl::IsNotFound(entry.status())) {
        co_return absl::NotFoundError("there is no task '" + id + "'");
    }
    if (!entry.ok()) co_return entry.status();
    StoredRecord stored;
    stored.revision = entry->revision;
    if (!stored.record.ParseFromString(entry->value)) {
        co_return absl::DataLossError("unreadable record of task " + id);
    }
    co_return stored;
}

runtime::Task<Result<uint64_t>> Records::Create(TaskRecord record) {
    std::string key = RecordKey(record.task().id());
    co_return co_await bucket_.Create(std::move(key), record.SerializeAsString());
}

runtime::Task<Result<uint64_t>> Records::Update(TaskRecord record, uint64_t revision) {
    std::string key = RecordKey(record.task().id());
    co_return co_await reliability::UpdateSurely(
        bucket_,
        std::move(key),
        record.SerializeAsString(),
        revision,
        Deadline::After(kWriteLimit),
        reliability::TimerPause()
    );
}

runtime::Task<Status> Records::Delete(std::string id, uint64_t revision) {
    co_return co_await bucket_.Delete(RecordKey(id), revision);
}

runtime::Task<Result<std::vector<StoredRecord>>> Records::All() {
    auto watch = co_await bucket_.Watch("");
    if (!watch.ok()) co_return watch.status();
    std::map<std::string, StoredRecord> found;  // a value that changes while we read comes twice
    for (;;) {
        auto change = co_await (*watch)->Next();
        if (!change.ok()) co_return change.status();
        if (change->kind == reliability::KeyChange::Kind::kCaughtUp) break;
        StoredRecord stored;
        stored.revision = change->entry.revision;
        const bool put = change->kind == reliability::KeyChange::Kind::kPut;
        if (put && stored.record.ParseFromString(change->entry.value)) {
            found[change->key] = std::move(stored);
        } else {
            found.erase(change->key);
        }
    }
    std::vector<StoredRecord> records;
    records.reserve(found.size());
    for (auto& [key, stored] : found) records.push_back(std::move(stored));
    co_return records;
}

}  // namespace mp::tasks
