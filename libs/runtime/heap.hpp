#pragma once
// How the heap of a long-running service is kept flat.

namespace mp::runtime {

// Blocks of 256 KiB and more go back to the system when they are freed, however large the ones
// before were, and few heaps serve all threads. The C library's own rules suit short programs: it
// keeps blocks up to the size of the largest one ever freed, in eight heaps a core, and what falls
// between them is never used again. First in main, before there are other threads.
void KeepHeapFlat();

// Gives the system back what lies free between the blocks in use: a millisecond for each hundred
// megabytes, during which allocations of other threads wait. Now and then, from a service whose
// blocks come and go in all sizes.
void TrimHeap();

}  // namespace mp::runtime
