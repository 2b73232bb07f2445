#include "runtime/heap.hpp"

#include <algorithm>
#include <malloc.h>
#include <thread>

namespace mp::runtime {
namespace {

constexpr int kLargeBlock = 256 << 10;

}  // namespace

void KeepHeapFlat() {
    const int cores = static_cast<int>(std::thread::hardware_concurrency());
    mallopt(M_ARENA_MAX, std::max(2, cores));
    mallopt(M_MMAP_THRESHOLD, kLargeBlock);
}

void TrimHeap() {
    malloc_trim(0);
}

}  // namespace mp::runtime
