#include "storage/engines/clickhouse/event_columns.hpp"

#include <gtest/gtest.h>

#include "storage/engines/clickhouse/migrations.hpp"

namespace mp::storage::clickhouse {
namespace {

// The first word of each column's definition.
std::vector<std::string> ColumnsOf(const std::string& create) {
    const size_t begin = create.find(" (") + 2;
    const std::string body = create.substr(begin, create.find(") ENGINE") - begin) + ",";
    std::vector<std::string> names;
    std::string definition;
    int depth = 0;
    for (const char c : body) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c != ',' || depth > 0) {
            definition += c;
            continue;
        }
        const size_t first = definition.find_first_not_of(' ');
        std::string name = definition.substr(first, definition.find(' ', first) - first);
        std::erase(name, '`');
        names.push_back(std::move(name));
        definition.clear();
    }
    return names;
}

TEST(EventColumns, AreThoseOfTheTables) {
    const std::vector<std::string> tables = Migrations({})[1].up;
    ASSERT_EQ(tables.size(), static_cast<size_t>(model::kDataTypes));
    for (int i = 1; i <= model::kDataTypes; ++i) {
        const auto type = static_cast<model::DataType>(i);
        EXPECT_EQ(ColumnsOf(tables[static_cast<size_t>(i - 1)]), EventColumnNames(type))
            << model::ToString(type);
    }
}

TEST(EventColumns, AreWrittenByTheNewestServersToo) {
    Features modern;
    modern.codecs = modern.fsync = modern.disks = true;
    const auto old_steps = Migrations({});
    const auto new_steps = Migrations(modern);
    ASSERT_EQ(old_steps.size(), new_steps.size());
    for (size_t step = 0; step < old_steps.size(); ++step) {
        EXPECT_EQ(old_steps[step].version, step + 1);
        EXPECT_EQ(old_steps[step].up.size(), new_steps[step].up.size());
        for (const auto* steps : {&old_steps, &new_steps}) {
            for (const std::string& sql : (*steps)[step].up) {
                EXPECT_EQ(sql.find('{'), sql.find("{database}")) << sql;
            }
        }
    }
    EXPECT_NE(new_steps[1].up[0].find("CODEC(DoubleDelta"), std::string::npos);
    EXPECT_EQ(old_steps[1].up[0].find("CODEC"), std::string::npos);
}

}  // namespace
}  // namespace mp::storage::clickhouse
