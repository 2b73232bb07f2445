// Deribit's own messages, as others recorded them: all are read or passed over on purpose, the
// facts that another project reads from them are the same here, and the books are those of an
// independent replay.
#include <set>

#include "collector/venues/deribit/book_rule.hpp"
#include "collector/venues/deribit/parse.hpp"
#include "collector/venues/deribit/rest.hpp"
#include "collector/venues/deribit/streams.hpp"
#include "collector/venues/test/capture_check.hpp"

namespace mp::collector::deribit {
namespace {

using namespace capture_check;

const std::vector<std::string> kSessions = {
    "cryptofeed/deribit_20210405",
    "cryptofeed/deribit_20210417",
};
const std::vector<std::string> kSamples = {
    "crypto-msg-parser/deribit",
    "gocryptotrader/deribit_ws",
    "nautilus/deribit",
    "tardis-node/deribit",
    "transcribed/deribit_ccxt_202608",
};

InstrumentFacts FactsOf(const std::string& symbol) {
    InstrumentFacts facts;
    const bool option = symbol.ends_with("-C") || symbol.ends_with("-P");
    if (!option) facts.quantity_unit = model::QuantityUnit::kQuote;
    return facts;
}

// Answers to requests, and channels that carry nothing of what is collected.
bool IsPassedOver(const CaptureRecord& record) {
    const std::string channel = StringAfter(record.raw, R"("channel":)");
    return ParseChannel(channel).channel == Channel::kUnknown;
}

constexpr const char* kSymbolKey = R"("instrument_name":)";

bool IsMessage(const CaptureRecord& record) {
    const bool answer = record.raw.find("\"result\"") != std::string::npos;
    return IsStreamed(record) && (!answer || record.data_type == "ack");
}

TEST(DeribitCaptures, EveryMessageIsReadOrPassedOverOnPurpose) {
    MP_SKIP_WITHOUT_CAPTURES();
    std::vector<std::string> all = kSessions;
    all.insert(all.end(), kSamples.begin(), kSamples.end());
    size_t read = 0;
    for (const std::string& name : all) {
        Reader reader(MakeParser, kSymbolKey, FactsOf);
        for (const CaptureRecord& record : Load(name)) {
            if (!IsMessage(record)) continue;
            const ParseResult result = reader.Read(record);
            ASSERT_TRUE(result.ok()) << name << " " << ToString(result.error) << " " << record.raw;
            read += result.ignored ? 0 : 1;
            // Bars do not name their instrument beside the channel.
            if (result.ignored && record.data_type != "kline") {
                EXPECT_TRUE(IsPassedOver(record)) << name << " " << record.raw;
            }
        }
    }
    EXPECT_GT(read, 600u);
}

// Best quotes out of tickers are not ours, and neither are the figures of options.
std::vector<std::string> VenueFact(element record) {
    if (String(record, "type") != "derivative_ticker") return Fact(record);
    const std::string head = Head(record);
    return {
        "last " + head + Number(record, "lastPrice"),
        "interest " + head + Number(record, "openInterest"),
        "funding " + head + Number(record, "fundingRate"),
        "index " + head + Number(record, "indexPrice"),
        "mark " + head + Number(record, "markPrice")};
}

TEST(DeribitCaptures, FactsAgreeWithThoseOfAnotherImplementation) {
    MP_SKIP_WITHOUT_CAPTURES();
    const auto records = Load("tardis-node/deribit");
    simdjson::dom::parser parser;
    FactReader reader(MakeParser, kSymbolKey, FactsOf);
    size_t compared = 0;
    for (const std::string& line : Lines("tardis-node/deribit.expected.jsonl")) {
        const element expected = parser.parse(line).value();
        const CaptureRecord& record =
            records.at(static_cast<size_t>(expected["line"].get_int64().value()) - 1);
        reader.seen.clear();
        ASSERT_TRUE(reader.Read(record).ok()) << record.raw;
        for (const element one : ArrayOf(expected, "expected")) {
            for (const std::string& fact : VenueFact(one)) {
                ++compared;
                EXPECT_TRUE(reader.Says(fact)) << fact << "\n" << record.raw;
            }
        }
    }
    EXPECT_GE(compared, 18u);
}

TEST(DeribitCaptures, BooksEqualTheCheckpoints) {
    MP_SKIP_WITHOUT_CAPTURES();
    const DeribitBookRule rule;
    for (const std::string& name : kSessions) {
        BookReplay replay(rule, MakeParser, kSymbolKey, FactsOf);
        const size_t compared = CheckBooks(name, replay, [](const std::string& series) {
            return std::string(ParseChannel(series).symbol);
        });
        EXPECT_EQ(replay.losses, 0u) << name;
        EXPECT_GT(compared, 100u) << name;
    }
}

TEST(DeribitCaptures, ALostChangeShowsOnce) {
    MP_SKIP_WITHOUT_CAPTURES();
    const DeribitBookRule rule;
    const auto records = Load(kSessions.front());
    size_t found = 0;
    size_t tried = 0;
    for (size_t lost = 0; lost < records.size(); lost += 3) {
        if (records[lost].data_type != "book_delta") continue;
        ++tried;
        BookReplay replay(rule, MakeParser, kSymbolKey, FactsOf);
        for (size_t i = 0; i < records.size(); ++i) {
            if (i == lost || !IsStreamed(records[i])) continue;
            ASSERT_TRUE(replay.Read(records[i]).ok());
        }
        EXPECT_LE(replay.losses, 1u) << lost;
        found += replay.losses;
    }
    EXPECT_GT(tried, 30u);
    // All but the last one of each instrument.
    EXPECT_GE(found + 10, tried);
}

TEST(DeribitCaptures, ListsEveryInstrumentUnderACanonicalSymbol) {
    MP_SKIP_WITHOUT_CAPTURES();
    using model::Market;
    std::map<Market, size_t> listed;
    for (const CaptureRecord& record : Load(kSessions.back())) {
        if (record.data_type != "instruments") continue;
        for (const Market market : {Market::kLinear, Market::kInverse, Market::kOption}) {
            const auto page = ParseInstruments(record.raw, "deribit", market);
            ASSERT_TRUE(page.ok()) << page.status();
            for (const Listing& listing : page->listings) {
                ++listed[market];
                EXPECT_NE(listing.instrument.symbol, listing.instrument.venue_symbol);
                EXPECT_EQ(listing.status, model::InstrumentStatus::kTrading);
                EXPECT_EQ(listing.strike.has_value(), market == Market::kOption);
            }
        }
    }
    EXPECT_EQ(listed[Market::kLinear], 0u) << "there were none";
    EXPECT_GT(listed[Market::kInverse], 8u);
    EXPECT_GT(listed[Market::kOption], 300u);
}

}  // namespace
}  // namespace mp::collector::deribit
