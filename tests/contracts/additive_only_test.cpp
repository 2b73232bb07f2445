// The contracts only grow: whatever the committed baseline knows is still there, with the same
// number and type. After an intended addition: cp <build>/proto/gen/mp_proto.desc
// tests/contracts/baseline.desc

#include <fstream>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

namespace {

using namespace google::protobuf;

FileDescriptorSet Load(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    FileDescriptorSet set;
    EXPECT_TRUE(set.ParseFromIstream(&in)) << path;
    return set;
}

// Builds the pool of a set; files are listed dependencies first.
void Build(const FileDescriptorSet& set, DescriptorPool& pool) {
    for (const auto& file : set.file()) ASSERT_NE(pool.BuildFile(file), nullptr) << file.name();
}

void ExpectSameField(const FieldDescriptor& was, const Descriptor& message) {
    const FieldDescriptor* is = message.FindFieldByNumber(was.number());
    ASSERT_NE(is, nullptr) << was.full_name() << " is gone";
    EXPECT_EQ(is->name(), was.name()) << was.full_name() << " was renamed";
    EXPECT_EQ(is->type(), was.type()) << was.full_name() << " changed its type";
    EXPECT_EQ(is->label(), was.label()) << was.full_name() << " changed its label";
    EXPECT_EQ(is->has_presence(), was.has_presence()) << was.full_name() << " changed its presence";
}

void ExpectSameMessage(const Descriptor& was, const DescriptorPool& pool) {
    const Descriptor* is = pool.FindMessageTypeByName(was.full_name());
    ASSERT_NE(is, nullptr) << was.full_name() << " is gone";
    for (int i = 0; i < was.field_count(); ++i) ExpectSameField(*was.field(i), *is);
    for (int i = 0; i < was.nested_type_count(); ++i) ExpectSameMessage(*was.nested_type(i), pool);
}

void ExpectSameEnum(const EnumDescriptor& was, const DescriptorPool& pool) {
    const EnumDescriptor* is = pool.FindEnumTypeByName(was.full_name());
    ASSERT_NE(is, nullptr) << was.full_name() << " is gone";
    for (int i = 0; i < was.value_count(); ++i) {
        const EnumValueDescriptor* value = is->FindValueByNumber(was.value(i)->number());
        ASSERT_NE(value, nullptr) << was.value(i)->full_name() << " is gone";
        EXPECT_EQ(value->name(), was.value(i)->name());
    }
}

void ExpectSameService(const ServiceDescriptor& was, const DescriptorPool& pool) {
    const ServiceDescriptor* is = pool.FindServiceByName(was.full_name());
    ASSERT_NE(is, nullptr) << was.full_name() << " is gone";
    for (int i = 0; i < was.method_count(); ++i) {
        const MethodDescriptor& method = *was.method(i);
        const MethodDescriptor* now = is->FindMethodByName(method.name());
        ASSERT_NE(now, nullptr) << method.full_name() << " is gone";
        EXPECT_EQ(now->input_type()->full_name(), method.input_type()->full_name());
        EXPECT_EQ(now->output_type()->full_name(), method.output_type()->full_name());
        EXPECT_EQ(now->server_streaming(), method.server_streaming());
    }
}

TEST(Contracts, OnlyGrow) {
    const FileDescriptorSet baseline = Load(MP_BASELINE);
    const FileDescriptorSet current = Load(MP_DESCRIPTORS);
    ASSERT_GT(baseline.file_size(), 0);
    DescriptorPool was;
    DescriptorPool is;
    Build(baseline, was);
    Build(current, is);
    for (const auto& file : baseline.file()) {
        const FileDescriptor& old = *was.FindFileByName(file.name());
        for (int i = 0; i < old.message_type_count(); ++i)
            ExpectSameMessage(*old.message_type(i), is);
        for (int i = 0; i < old.enum_type_count(); ++i) ExpectSameEnum(*old.enum_type(i), is);
        for (int i = 0; i < old.service_count(); ++i) ExpectSameService(*old.service(i), is);
    }
}

}  // namespace
