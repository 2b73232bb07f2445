// What holds for every stream of every venue.
#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/venues/test/stream_samples.hpp"
#include "model/identity.hpp"

namespace mp::collector {
namespace {

using testing::StreamSamples;

// What one connection makes of a market's messages, received from `received` on.
class Reading final : public FrameSink {
  public:
    struct Seen {
        model::DataType type;
        bool by_receipt;
        Nanos order_ts;
        std::string identity;
        std::string text;
    };

    Reading(const StreamSamples& samples, Nanos received) : venue_(samples.venue()) {
        symbols_.Set(samples.symbol, 0, samples.facts());
        const auto parser = venue_->MakeParser(symbols_);
        for (const std::string& frame : samples.frames) {
            EXPECT_TRUE(parser->Parse(frame, received++, *this).ok()) << frame;
        }
    }

    void OnEvent(InstrumentId, const model::Event& event, const ChainLink*) override {
        Seen& seen = seen_.emplace_back();
        seen.type = model::TypeOf(event);
        seen.by_receipt = model::OrderedByReceipt(event);
        seen.order_ts = event.order_ts;
        model::AppendIdentity(event, seen.identity);
        seen.text = model::IdentityText(event);
    }
    void OnNotice(const Notice&) override {}

    const std::vector<Seen>& seen() const { return seen_; }
    const Venue& venue() const { return *venue_; }

  private:
    const std::unique_ptr<Venue> venue_;
    SymbolTable symbols_;
    std::vector<Seen> seen_;
};

TEST(StreamSamples, AreThereForEveryStreamOfEveryVenue) {
    std::set<std::string> names;
    for (const StreamSamples& samples : testing::AllStreamSamples()) {
        names.insert(samples.name());
        std::set<model::DataType> seen;
        const Reading reading(samples, 1);
        for (const auto& event : reading.seen()) seen.insert(event.type);
        const auto streamed = StreamedTypes(samples.config());
        ASSERT_TRUE(streamed.ok());
        for (const model::DataType type : *streamed) {
            EXPECT_TRUE(seen.contains(type)) << samples.name() << " " << model::ToString(type);
        }
    }
    const auto unknown = MakeVenue({});
    ASSERT_FALSE(unknown.ok());
    const std::string message(unknown.status().message());
    const std::string known = message.substr(message.find("there are: ") + 11);
    EXPECT_EQ(static_cast<size_t>(std::count(known.begin(), known.end(), ',')) + 1, names.size())
        << known;
}

TEST(StreamSamples, AreTheSameEventsWhoeverReceivedThemAndWhen) {
    for (const StreamSamples& samples : testing::AllStreamSamples()) {
        const Reading one(samples, 1'790'000'000'000'000'000);
        const Reading other(samples, 1'790'000'000'007'000'321);
        ASSERT_EQ(one.seen().size(), other.seen().size());
        for (size_t i = 0; i < one.seen().size(); ++i) {
            const Reading::Seen& seen = one.seen()[i];
            const Reading::Seen& again = other.seen()[i];
            const std::string what =
                samples.name() + " " + std::string(model::ToString(seen.type)) + " " + seen.text;
            EXPECT_EQ(seen.identity, again.identity) << what;
            EXPECT_EQ(seen.text, again.text) << what;
            if (!seen.by_receipt) {
                EXPECT_EQ(seen.order_ts, again.order_ts) << what;
            }
            if (seen.type == model::DataType::kBookSnapshot) continue;
            EXPECT_EQ(seen.by_receipt, one.venue().HabitsOf(seen.type).by_receipt) << what;
        }
    }
}

TEST(StreamSamples, AreAllDifferentEvents) {
    for (const StreamSamples& samples : testing::AllStreamSamples()) {
        std::set<std::pair<model::DataType, std::string>> identities;
        const Reading reading(samples, 1'790'000'000'000'000'000);
        for (const auto& seen : reading.seen()) {
            EXPECT_TRUE(identities.emplace(seen.type, seen.identity).second)
                << samples.name() << " " << model::ToString(seen.type) << " " << seen.text;
        }
    }
}

}  // namespace
}  // namespace mp::collector
