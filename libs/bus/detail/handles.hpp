#pragma once
// Numbers that stand for objects in callbacks of the C client, which may still come when the object
// has gone: a number is looked up, a pointer would dangle. Thread-safe.

#include <absl/base/thread_annotations.h>
#include <cstdint>
#include <map>
#include <memory>

#include "base/mutex.hpp"

namespace mp::bus::detail {

template <typename T>
class Handles {
  public:
    // A pointer only in name.
    void* Add(std::weak_ptr<T> object) {
        const MutexLock lock(mutex_);
        objects_.emplace(++last_, std::move(object));
        return reinterpret_cast<void*>(last_);  // NOLINT(performance-no-int-to-ptr): a number
    }

    // Calls `use(object)` where there still is one; false where not. Remove waits until it has
    // returned, so what belongs to the object's owner (its executor) is there for that long.
    template <typename F>
    bool With(void* handle, F use) {
        const MutexLock lock(mutex_);
        const auto found = objects_.find(reinterpret_cast<uintptr_t>(handle));
        const auto object = found == objects_.end() ? nullptr : found->second.lock();
        if (object != nullptr) use(object);
        return object != nullptr;
    }

    std::shared_ptr<T> Find(void* handle) {
        const MutexLock lock(mutex_);
        const auto found = objects_.find(reinterpret_cast<uintptr_t>(handle));
        return found == objects_.end() ? nullptr : found->second.lock();
    }

    void Remove(void* handle) {
        const MutexLock lock(mutex_);
        objects_.erase(reinterpret_cast<uintptr_t>(handle));
    }

  private:
    Mutex mutex_;
    uintptr_t last_ ABSL_GUARDED_BY(mutex_) = 0;
    std::map<uintptr_t, std::weak_ptr<T>> objects_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mp::bus::detail
