#include "rpc/byte_buffer.hpp"

#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/support/slice.h>
#include <gtest/gtest.h>

namespace mp::rpc {
namespace {

using google::protobuf::StringValue;

TEST(ByteBuffer, KeepsEveryByte) {
    for (const size_t size : {0u, 1u, 512u, 513u, 1000000u}) {
        const std::string text(size, 'x');
        const grpc::ByteBuffer buffer = ToByteBuffer(text);
        EXPECT_EQ(buffer.Length(), size);
        EXPECT_TRUE(ToString(buffer) == text) << size;
    }
}

TEST(ByteBuffer, CarriesMessages) {
    StringValue message;
    message.set_value(std::string(1000, 'm'));
    const grpc::ByteBuffer buffer = ToByteBuffer(message);
    EXPECT_EQ(ToString(buffer), message.SerializeAsString());
    EXPECT_EQ(Parse<StringValue>(buffer)->value(), message.value());
    EXPECT_EQ(Parse<StringValue>(ToByteBuffer(StringValue()))->value(), "");
}

TEST(ByteBuffer, ReadsAMessageInPieces) {
    StringValue message;
    message.set_value("in two slices");
    const std::string bytes = message.SerializeAsString();
    const grpc::Slice slices[] = {grpc::Slice(bytes.substr(0, 4)), grpc::Slice(bytes.substr(4))};
    const grpc::ByteBuffer buffer(slices, 2);
    EXPECT_EQ(ToString(buffer), bytes);
    EXPECT_EQ(Parse<StringValue>(buffer)->value(), "in two slices");
}

TEST(ByteBuffer, RefusesWhatIsNoMessage) {
    const auto message = Parse<StringValue>(ToByteBuffer(std::string("\xff\xff")));
    EXPECT_EQ(message.status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mp::rpc
