#include "gateway/grpc/known_values.hpp"

#include <gtest/gtest.h>

#include "marketprism/v1/market_data.pb.h"

namespace mp::gateway {
namespace {

namespace pb = marketprism::v1;

std::string Said(const google::protobuf::Message& request) {
    return std::string(MessageOf(CheckEnums(request)));
}

TEST(KnownValues, AreTakenWhereverTheyStand) {
    pb::SubscribeRequest request;
    EXPECT_TRUE(CheckEnums(request).ok());
    request.set_mode(pb::SLOW_POLICY_CONFLATE);
    pb::Series& series = *request.add_series();
    series.set_data_type(pb::DATA_TYPE_BBO);
    series.mutable_instrument()->set_market(pb::MARKET_SPOT);
    EXPECT_TRUE(CheckEnums(request).ok()) << CheckEnums(request);
}

TEST(KnownValues, NamesTheFieldThatHasNone) {
    pb::QueryEventsRequest events;
    events.set_layout(static_cast<pb::Layout>(9));
    EXPECT_EQ(Said(events), "layout: not a known value: 9");
    pb::SubscribeRequest live;
    live.set_mode(static_cast<pb::SlowPolicy>(7));
    EXPECT_EQ(Said(live), "mode: not a known value: 7");
    EXPECT_TRUE(absl::IsInvalidArgument(CheckEnums(live)));
}

TEST(KnownValues, LooksIntoMessagesInside) {
    pb::SubscribeRequest request;
    request.add_series();
    request.add_series()->mutable_instrument()->set_market(static_cast<pb::Market>(-1));
    EXPECT_EQ(Said(request), "market: not a known value: -1");
    pb::GetCoverageRequest coverage;
    coverage.set_data_type(static_cast<pb::DataType>(99));
    EXPECT_EQ(Said(coverage), "data_type: not a known value: 99");
}

}  // namespace
}  // namespace mp::gateway
