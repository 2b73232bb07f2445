#include "gateway/grpc/known_values.hpp"

#include <google/protobuf/descriptor.h>
#include <string>

namespace mp::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

Status CheckValue(const FieldDescriptor& field, int value) {
    if (field.enum_type()->FindValueByNumber(value) != nullptr) return OkStatus();
    return absl::InvalidArgumentError(
        field.name() + ": not a known value: " + std::to_string(value)
    );
}

Status CheckField(const Message& message, const FieldDescriptor& field) {
    const google::protobuf::Reflection& values = *message.GetReflection();
    const bool is_enum = field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
    if (!field.is_repeated()) {
        if (is_enum) return CheckValue(field, values.GetEnumValue(message, &field));
        const bool set = values.HasField(message, &field);
        return set ? CheckEnums(values.GetMessage(message, &field)) : OkStatus();
    }
    for (int i = 0; i < values.FieldSize(message, &field); ++i) {
        MP_RETURN_IF_ERROR(
            is_enum ? CheckValue(field, values.GetRepeatedEnumValue(message, &field, i))
                    : CheckEnums(values.GetRepeatedMessage(message, &field, i))
        );
    }
    return OkStatus();
}

}  // namespace

Status CheckEnums(const Message& request) {
    const google::protobuf::Descriptor& type = *request.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        if (field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM &&
            field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
            continue;
        }
        MP_RETURN_IF_ERROR(CheckField(request, field));
    }
    return OkStatus();
}

}  // namespace mp::gateway
