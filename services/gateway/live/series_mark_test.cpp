#include "gateway/live/series_mark.hpp"

#include <gtest/gtest.h>

namespace mp::gateway {
namespace {

wire::EventKey At(Nanos order_ts, uint64_t sequence = 0) {
    wire::EventKey key;
    key.order_ts = order_ts;
    key.sequence = sequence;
    return key;
}

SeriesMark Copy(const SeriesMark& mark) {
    std::string bytes;
    mark.AppendTo(bytes);
    bytes += "tail";
    std::string_view rest = bytes;
    auto copy = SeriesMark::TakeFrom(rest);
    EXPECT_TRUE(copy.ok()) << copy.status();
    EXPECT_EQ(rest, "tail");
    return *copy;
}

TEST(SeriesMark, KnowsWhatLiesBeforeAndTheEventsOfItsInstant) {
    SeriesMark mark;
    EXPECT_FALSE(mark.Has(At(0), "a"));
    mark.Give(At(5), "m");
    mark.Give(At(5), "c");
    EXPECT_TRUE(mark.Has(At(4), "never seen"));
    EXPECT_TRUE(mark.Has(At(5), "m"));
    EXPECT_FALSE(mark.Has(At(5), "a")) << "the order on the wire may be another";
    EXPECT_FALSE(mark.Has(At(6), "m"));
}

TEST(SeriesMark, ForgetsAnInstantWhenTheNextOneComes) {
    SeriesMark mark;
    mark.Give(At(5), "a");
    mark.Give(At(7), "b");
    mark.Give(At(6), "late");
    EXPECT_EQ(mark.order_ts(), 7);
    EXPECT_FALSE(mark.Has(At(7), "a"));
}

TEST(SeriesMark, GoesByOrderWhereAnInstantHasVeryMany) {
    SeriesMark mark;
    for (int i = 0; i < 100; ++i) mark.Give(At(5), std::string(1, static_cast<char>(i)));
    EXPECT_TRUE(mark.Has(At(5), std::string(1, 99)));
    EXPECT_TRUE(mark.Has(At(5), std::string(1, 50)));
    EXPECT_FALSE(mark.Has(At(5), std::string(1, 100)));
    EXPECT_EQ(Copy(mark).Has(At(5), std::string(1, 99)), true);
    EXPECT_EQ(Copy(mark).Has(At(5), std::string(1, 100)), false);
}

TEST(SeriesMark, KnowsWhetherAStateIsTheLastOne) {
    SeriesMark mark;
    EXPECT_FALSE(mark.EndsWith(""));
    EXPECT_FALSE(mark.EndsWith("trading"));
    mark.Give(At(5), "trading");
    mark.Give(At(7), "halted");
    EXPECT_TRUE(mark.EndsWith("halted"));
    EXPECT_FALSE(mark.EndsWith("trading"));
    EXPECT_TRUE(Copy(mark).EndsWith("halted"));
}

TEST(SeriesMark, SurvivesTheToken) {
    SeriesMark mark;
    EXPECT_EQ(Copy(mark), mark);
    mark.Give(At(1723161255342000000, 9), "identity");
    mark.Give(At(1723161255342000000, 8), "another");
    EXPECT_EQ(Copy(mark), mark);
}

TEST(SeriesMark, RefusesTruncatedBytes) {
    SeriesMark mark;
    mark.Give(At(5), "abc");
    std::string bytes;
    mark.AppendTo(bytes);
    for (size_t size = 0; size < bytes.size(); ++size) {
        std::string_view front = std::string_view(bytes).substr(0, size);
        EXPECT_FALSE(SeriesMark::TakeFrom(front).ok()) << size;
    }
}

}  // namespace
}  // namespace mp::gateway
