#pragma once
// Test only: two instances on one shared ClickHouse store as one engine: the first one writes, the
// second one answers every question.

#include <memory>

#include "storage/engine.hpp"
#include "testing/temp_dir.hpp"

namespace mp::storage {

// Throws where it cannot be opened.
std::unique_ptr<Engine> OpenFollowedClickHouse(const testing::TempDir& folder, const Clock& clock);

}  // namespace mp::storage
