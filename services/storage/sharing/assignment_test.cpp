#include "storage/sharing/assignment.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace mp::storage {
namespace {

std::vector<std::string> Named(size_t count) {
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i) names.push_back("storage-" + std::to_string(i));
    return names;
}

std::vector<size_t> LanesOfEach(uint32_t lanes, size_t instances) {
    std::vector<size_t> counts(instances);
    for (const size_t owner : AssignLanes(lanes, Named(instances))) ++counts.at(owner);
    return counts;
}

TEST(Assignment, GivesEveryLaneToOneAndNobodyMoreThanHisPart) {
    for (size_t instances = 1; instances <= 10; ++instances) {
        for (const uint32_t lanes : {1u, 3u, 8u, 64u}) {
            const std::vector<size_t> counts = LanesOfEach(lanes, instances);
            const size_t part = (lanes + instances - 1) / instances;
            EXPECT_LE(*std::max_element(counts.begin(), counts.end()), part)
                << lanes << " lanes, " << instances << " instances";
        }
    }
}

TEST(Assignment, GivesAnEqualPartToTwo) {
    EXPECT_EQ(LanesOfEach(8, 2), (std::vector<size_t>{4, 4}));
}

// Who stays keeps most of what he has.
TEST(Assignment, MovesFewLanesWhenOneGoes) {
    const std::vector<std::string> before = Named(4);
    std::vector<std::string> after = before;
    after.pop_back();
    const std::vector<size_t> old_owners = AssignLanes(64, before);
    const std::vector<size_t> new_owners = AssignLanes(64, after);
    size_t moved = 0;
    for (size_t lane = 0; lane < 64; ++lane) {
        moved += old_owners[lane] != 3 && before[old_owners[lane]] != after[new_owners[lane]];
    }
    EXPECT_LE(moved, 16u);
}

}  // namespace
}  // namespace mp::storage
