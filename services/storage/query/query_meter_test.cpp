#include "storage/query/query_meter.hpp"

#include <chrono>
#include <gmock/gmock.h>

#include "storage/query/candle_query.hpp"
#include "storage/query/event_query.hpp"
#include "storage/query/test/query_fixture.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class QueryMeterTest : public QueryTest {
  protected:
    QueryMeterTest() {
        std::vector<TestEvent> events;
        for (int i = 1; i <= 100; ++i) {
            events.push_back(TestTrade(i * 10, static_cast<uint64_t>(i), 100 + i));
        }
        Append(engine_, events);
    }

    // The rows that a scan of everything gives on the account of a meter.
    Result<int> Read(QueryMeter& meter) {
        const MeteredReader reader(engine_, meter);
        const auto rows = reader.Scan(*reader.Find(TestSeries(model::DataType::kTrade)), {});
        if (!rows.ok()) return rows.status();
        int given = 0;
        while ((*rows)->Next()) {
            ++given;
            each_row_();
        }
        last_status_ = (*rows)->status();
        return given;
    }

    std::function<void()> each_row_ = [] {};
    Status last_status_;
};

TEST_F(QueryMeterTest, CountsRowsAndCutsNothingWithoutLimits) {
    QueryMeter meter({}, clock_);
    EXPECT_EQ(Read(meter).value(), 100);
    EXPECT_EQ(Read(meter).value(), 100);
    EXPECT_EQ(meter.rows(), 200u);
    EXPECT_TRUE(last_status_.ok());
    EXPECT_EQ(meter.cut(), QueryMeter::Cut::kNone);
}

TEST_F(QueryMeterTest, EndsAQueryThatReadsTooManyRows) {
    QueryMeter enough({.max_rows = 100}, clock_);
    EXPECT_EQ(Read(enough).value(), 100);
    EXPECT_TRUE(last_status_.ok());
    QueryMeter meter({.max_rows = 99}, clock_);
    EXPECT_EQ(Read(meter).value(), 99);
    EXPECT_EQ(last_status_.code(), StatusCode::kOutOfRange);
    EXPECT_THAT(
        std::string(MessageOf(last_status_)),
        HasSubstr("more than 99 stored rows (query.max_rows): narrow the interval")
    );
    EXPECT_EQ(meter.cut(), QueryMeter::Cut::kRows);
    EXPECT_EQ(Read(meter).status(), last_status_) << "it does not begin again";
}

TEST_F(QueryMeterTest, EndsAQueryThatTakesTooLong) {
    QueryMeter meter({.max_time = 5s}, clock_);
    each_row_ = [this] { clock_.Advance(6s); };
    EXPECT_EQ(Read(meter).value(), 100) << "so few rows cost less than a look at the clock";
    EXPECT_EQ(meter.Check().code(), StatusCode::kDeadlineExceeded);
    EXPECT_THAT(
        std::string(MessageOf(meter.Check())), HasSubstr("longer than 5s (query.max_time)")
    );
    EXPECT_EQ(meter.cut(), QueryMeter::Cut::kTime);
    EXPECT_EQ(Read(meter).status().code(), StatusCode::kDeadlineExceeded);
}

TEST_F(QueryMeterTest, TimeInWhichTheClientTakesNothingDoesNotCount) {
    QueryMeter meter({.max_time = 5s}, clock_);
    clock_.Advance(60s);
    meter.Idled(58s);
    EXPECT_EQ(meter.elapsed(), 2s);
    EXPECT_TRUE(meter.Check().ok());
}

TEST_F(QueryMeterTest, ACallerThatWaitsForLessHearsWhyInTime) {
    const QueryLimits limits{.max_rows = 7, .max_time = 30s};
    EXPECT_EQ(limits.Before(Deadline::Never()).max_time, 30s);
    EXPECT_FALSE(limits.Before(Deadline::Never()).callers_time);
    const QueryLimits hurried = limits.Before(Deadline::After(10s));
    EXPECT_EQ(hurried.max_rows, 7u);
    EXPECT_LT(hurried.max_time, 9900ms);
    EXPECT_TRUE(hurried.callers_time);
    QueryMeter meter(hurried, clock_);
    clock_.Advance(10s);
    EXPECT_THAT(std::string(MessageOf(meter.Check())), HasSubstr("longer than its caller waits"));
    EXPECT_GT(QueryLimits{}.Before(Deadline::After(0s)).max_time, 0s);
}

TEST_F(QueryMeterTest, QueriesPassTheErrorOn) {
    QueryMeter meter({.max_rows = 50}, clock_);
    const MeteredReader reader(engine_, meter);
    const QueryContext context{reader, clock_};
    pb::QueryEventsRequest events;
    wire::ToProto(TestSeries(model::DataType::kTrade), *events.mutable_series());
    events.set_start(0);
    events.set_limit(60);
    const auto page = (*EventQuery::Make(context, events))->Next();
    EXPECT_EQ(page.status().code(), StatusCode::kOutOfRange);
    pb::QueryCandlesRequest candles;
    *candles.mutable_instrument() = Instrument();
    candles.set_interval("1s");
    EXPECT_EQ(
        (*CandleQuery::Make(context, candles))->Step().status().code(), StatusCode::kOutOfRange
    );
}

}  // namespace
}  // namespace mp::storage
