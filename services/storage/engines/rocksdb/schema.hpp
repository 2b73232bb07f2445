#pragma once
// The version of what is stored. Brought up to date once, when the store opens.

#include <rocksdb/db.h>

#include "base/status.hpp"

namespace mp::storage {

// A new store gets the current version, an older one is migrated step by step (each step can be
// repeated after a crash), a newer one is refused: FailedPrecondition.
Status BringSchemaUpToDate(rocksdb::DB& db);

}  // namespace mp::storage
