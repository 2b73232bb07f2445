#include "backup/label.hpp"

#include <gtest/gtest.h>

namespace mp::backup {
namespace {

TEST(BackupLabel, SaysWhatWasPutIntoIt) {
    const Label label{2, "1.2.3", 1'700'000'000'000'000'000, ~0ull, 12};
    const Result<Label> read = DecodeLabel(Encode(label));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, label);
}

TEST(BackupLabel, OtherTextsAreNoLabels) {
    for (const char* text : {"", "{", "[]", "{}", R"({"kind":"other"})", R"({"kind":5})"}) {
        EXPECT_EQ(DecodeLabel(text).status().code(), StatusCode::kFailedPrecondition) << text;
    }
    // What is wrong in it is as if it were not there.
    EXPECT_EQ(DecodeLabel(R"({"kind":"marketprism-store","schema":"x","program":1})")->schema, 0u);
}

TEST(BackupLabel, ANewerSchemaIsRefusedInWordsThatHelp) {
    Label label;
    EXPECT_TRUE(CheckSchema(label).ok());
    label.schema = 1;
    EXPECT_TRUE(CheckSchema(label).ok());
    label.schema = 99;
    const Status refused = CheckSchema(label);
    EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition);
    EXPECT_NE(refused.message().find("schema version 99"), std::string::npos);
    EXPECT_NE(refused.message().find("newer program"), std::string::npos);
}

}  // namespace
}  // namespace mp::backup
