// The contracts only grow: whatever the committed baseline knows is still there and means the same.
// After an intended addition: cp <build>/proto/gen/mp_proto.desc tests/contracts/baseline.desc

#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>
#include <string>
#include <vector>

namespace {

using namespace google::protobuf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string TypeOf(const FieldDescriptor& field) {
    if (field.message_type() != nullptr) return field.message_type()->full_name();
    if (field.enum_type() != nullptr) return field.enum_type()->full_name();
    return field.type_name();
}

std::string OneofOf(const FieldDescriptor& field) {
    const OneofDescriptor* oneof = field.real_containing_oneof();
    return oneof == nullptr ? "" : oneof->name();
}

// What `is` lacks or has otherwise of what `was` has.
class Comparison {
  public:
    Comparison(const FileDescriptorSet& was, const FileDescriptorSet& is) {
        Build(was, was_);
        Build(is, is_);
        for (const auto& file : was.file()) Compare(*was_.FindFileByName(file.name()));
    }

    const std::vector<std::string>& changes() const { return changes_; }

  private:
    // Files are listed dependencies first.
    static void Build(const FileDescriptorSet& set, DescriptorPool& pool) {
        for (const auto& file : set.file()) ASSERT_NE(pool.BuildFile(file), nullptr) << file.name();
    }

    void Compare(const FileDescriptor& was) {
        for (int i = 0; i < was.message_type_count(); ++i) Compare(*was.message_type(i));
        for (int i = 0; i < was.enum_type_count(); ++i) Compare(*was.enum_type(i));
        for (int i = 0; i < was.service_count(); ++i) Compare(*was.service(i));
    }

    void Compare(const Descriptor& was) {
        const Descriptor* is = is_.FindMessageTypeByName(was.full_name());
        if (is == nullptr) return Gone(was.full_name());
        for (int i = 0; i < was.field_count(); ++i) Compare(*was.field(i), *is);
        for (int i = 0; i < was.nested_type_count(); ++i) Compare(*was.nested_type(i));
        for (int i = 0; i < was.enum_type_count(); ++i) Compare(*was.enum_type(i));
    }

    void Compare(const FieldDescriptor& was, const Descriptor& message) {
        const FieldDescriptor* is = message.FindFieldByNumber(was.number());
        const std::string& name = was.full_name();
        if (is == nullptr) return Gone(name);
        Same(name, "name", was.name(), is->name());
        Same(name, "encoding", was.type_name(), is->type_name());
        Same(name, "type", TypeOf(was), TypeOf(*is));
        Same(name, "label", was.label(), is->label());
        Same(name, "presence", was.has_presence(), is->has_presence());
        Same(name, "oneof", OneofOf(was), OneofOf(*is));
        Same(name, "packing", was.is_packed(), is->is_packed());
    }

    void Compare(const EnumDescriptor& was) {
        const EnumDescriptor* is = is_.FindEnumTypeByName(was.full_name());
        if (is == nullptr) return Gone(was.full_name());
        for (int i = 0; i < was.value_count(); ++i) {
            const EnumValueDescriptor* value = is->FindValueByNumber(was.value(i)->number());
            if (value == nullptr) {
                Gone(was.value(i)->full_name());
            } else {
                Same(was.value(i)->full_name(), "name", was.value(i)->name(), value->name());
            }
        }
    }

    void Compare(const ServiceDescriptor& was) {
        const ServiceDescriptor* is = is_.FindServiceByName(was.full_name());
        if (is == nullptr) return Gone(was.full_name());
        for (int i = 0; i < was.method_count(); ++i) {
            const MethodDescriptor& method = *was.method(i);
            const std::string& name = method.full_name();
            const MethodDescriptor* now = is->FindMethodByName(method.name());
            if (now == nullptr) {
                Gone(name);
                continue;
            }
            Same(name, "request", method.input_type()->full_name(), now->input_type()->full_name());
            Same(
                name, "answer", method.output_type()->full_name(), now->output_type()->full_name()
            );
            Same(name, "request stream", method.client_streaming(), now->client_streaming());
            Same(name, "answer stream", method.server_streaming(), now->server_streaming());
        }
    }

    void Gone(const std::string& name) { changes_.push_back(name + ": gone"); }
    template <class T>
    void Same(const std::string& name, const char* what, const T& was, const T& is) {
        if (was != is) changes_.push_back(name + ": another " + what);
    }

    DescriptorPool was_;
    DescriptorPool is_;
    std::vector<std::string> changes_;
};

FileDescriptorSet Load(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    FileDescriptorSet set;
    EXPECT_TRUE(set.ParseFromIstream(&in)) << path;
    return set;
}

TEST(Contracts, OnlyGrow) {
    const FileDescriptorSet baseline = Load(MP_BASELINE);
    ASSERT_GT(baseline.file_size(), 0);
    EXPECT_THAT(Comparison(baseline, Load(MP_DESCRIPTORS)).changes(), IsEmpty());
}

// What the comparison would say if the contracts were changed so.
class ContractComparison : public ::testing::Test {
  protected:
    using Change = std::function<void(FileDescriptorProto&)>;

    static std::vector<std::string> After(const Change& change) {
        FileDescriptorSet was;
        EXPECT_TRUE(TextFormat::ParseFromString(kContract, &was));
        FileDescriptorSet is = was;
        change(*is.mutable_file(0));
        return Comparison(was, is).changes();
    }
    static FieldDescriptorProto& Field(FileDescriptorProto& file, int index) {
        return *file.mutable_message_type(0)->mutable_field(index);
    }

    static constexpr char kContract[] = R"(
        file {
          name: "a.proto" package: "p" syntax: "proto3"
          message_type {
            name: "M"
            field { name: "number" number: 1 type: TYPE_INT64 label: LABEL_OPTIONAL }
            field { name: "other" number: 2 type: TYPE_MESSAGE type_name: ".p.N" label: LABEL_OPTIONAL }
            field { name: "kind" number: 3 type: TYPE_ENUM type_name: ".p.E" label: LABEL_OPTIONAL }
            field { name: "either" number: 4 type: TYPE_INT64 label: LABEL_OPTIONAL oneof_index: 0 }
            oneof_decl { name: "choice" }
            enum_type { name: "Inner" value { name: "ZERO_INNER" number: 0 } value { name: "ONE" number: 1 } }
          }
          message_type { name: "N" }
          message_type { name: "O" }
          enum_type { name: "E" value { name: "ZERO" number: 0 } }
          enum_type { name: "F" value { name: "ZERO_F" number: 0 } }
          service { name: "S" method { name: "Ask" input_type: ".p.M" output_type: ".p.N" } }
        })";
};

TEST_F(ContractComparison, LetsThemGrow) {
    EXPECT_THAT(
        After([](FileDescriptorProto& file) {
            FieldDescriptorProto& field = *file.mutable_message_type(1)->add_field();
            field.set_name("more");
            field.set_number(1);
            field.set_type(FieldDescriptorProto::TYPE_STRING);
            field.set_label(FieldDescriptorProto::LABEL_OPTIONAL);
            file.add_message_type()->set_name("P");
        }),
        IsEmpty()
    );
}

TEST_F(ContractComparison, RefusesWhatIsGone) {
    EXPECT_THAT(
        After([](FileDescriptorProto& file) {
            file.mutable_message_type(0)->mutable_field()->DeleteSubrange(0, 1);
        }),
        ElementsAre("p.M.number: gone")
    );
    EXPECT_THAT(
        After([](FileDescriptorProto& file) {
            file.mutable_message_type(0)->mutable_enum_type(0)->mutable_value()->RemoveLast();
        }),
        ElementsAre(HasSubstr("ONE: gone"))
    );
    EXPECT_THAT(
        After([](FileDescriptorProto& file) { file.clear_service(); }), ElementsAre("p.S: gone")
    );
}

TEST_F(ContractComparison, RefusesAnotherMeaning) {
    const std::vector<std::pair<std::string, Change>> changes = {
        {"p.M.number: another name", [](auto& file) { Field(file, 0).set_name("renamed"); }},
        {"p.M.other: another type", [](auto& file) { Field(file, 1).set_type_name(".p.O"); }},
        {"p.M.kind: another type", [](auto& file) { Field(file, 2).set_type_name(".p.F"); }},
        {"p.M.other: another label",
         [](auto& file) { Field(file, 1).set_label(FieldDescriptorProto::LABEL_REPEATED); }},
        {"p.M.kind: another oneof", [](auto& file) { Field(file, 2).set_oneof_index(0); }},
        {"p.S.Ask: another answer",
         [](auto& file) { file.mutable_service(0)->mutable_method(0)->set_output_type(".p.O"); }},
        {"p.S.Ask: another request stream",
         [](auto& file) {
             file.mutable_service(0)->mutable_method(0)->set_client_streaming(true);
         }},
    };
    for (const auto& [told, change] : changes) {
        EXPECT_THAT(After(change), ::testing::Contains(told));
    }
}

TEST_F(ContractComparison, RefusesAnotherEncodingOfANumber) {
    EXPECT_THAT(
        After([](auto& file) { Field(file, 0).set_type(FieldDescriptorProto::TYPE_SINT64); }),
        ::testing::Contains("p.M.number: another encoding")
    );
}

}  // namespace
