// Deribit gives every single change only to those that it knows, for as long as their login holds.

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

#include "stand.hpp"
#include "testing/eventually.hpp"

namespace mp::collector_test {
namespace {

using namespace std::chrono_literals;

size_t LinesWith(const Stand& stand, const std::string& text) {
    const std::vector<std::string> lines = stand.Evidence();
    const auto count = std::ranges::count_if(lines, [&](const std::string& line) {
        return line.find(text) != std::string::npos;
    });
    return static_cast<size_t>(count);
}

TEST(CollectorLogin, RawStreamsFlowAndTheLoginIsRenewedBeforeItEnds) {
    Stand stand(
        {"--generate",
         "--venues",
         "deribit",
         "--symbols",
         "BTC-USDT",
         "--fault",
         "kind=token,seconds=10,count=1000"},
        {"venues.deribit_inverse.api_key=me",
         "venues.deribit_inverse.api_secret=mine",
         "venues.deribit_option.enabled=false"}
    );
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    const auto deltas = [&] { return log.Of("BTC-PERPETUAL", "book_delta").events.size(); };
    EXPECT_TRUE(log.WaitFor([&] { return deltas() > 50; }, 20s)) << stand.collector().Output();
    EXPECT_GT(LinesWith(stand, "book.BTC-PERPETUAL.raw"), 0u);
    EXPECT_EQ(LinesWith(stand, ".100ms"), 0u);
    // The third login is later than the end of the first one.
    EXPECT_TRUE(testing::Eventually([&] { return LinesWith(stand, "authenticated") >= 3; }, 30s));
    EXPECT_EQ(LinesWith(stand, "conn_opened"), 1u) << stand.collector().Output();
    const size_t before = deltas();
    EXPECT_TRUE(log.WaitFor([&] { return deltas() > before + 50; }, 20s));
    EXPECT_EQ(LinesWith(stand, "conn_closed"), 0u);
}

TEST(CollectorLogin, WhoIsNotLetInSaysSo) {
    Stand stand(
        {"--generate", "--venues", "deribit", "--symbols", "BTC-USDT"},
        {"venues.deribit_inverse.api_key=nobody",
         "venues.deribit_inverse.api_secret=mine",
         "venues.deribit_option.enabled=false"}
    );
    stand.StartSim();
    stand.StartCollector();
    EXPECT_TRUE(stand.collector().WaitForOutput("invalid_credentials", 20s));
    EXPECT_EQ(LinesWith(stand, "subscribed"), 0u);
}

}  // namespace
}  // namespace mp::collector_test
