#pragma once
// std::mutex with clang's thread-safety annotations: data says ABSL_GUARDED_BY(mutex_), and access
// without the lock does not compile under -Wthread-safety.

#include <absl/base/thread_annotations.h>
#include <mutex>

namespace mp {

class ABSL_LOCKABLE Mutex {
  public:
    void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
    void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

  private:
    std::mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
  public:
    explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
        mutex_.Lock();
    }
    ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

  private:
    Mutex& mutex_;
};

}  // namespace mp
