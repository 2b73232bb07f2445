// OKX's own messages, as others recorded them: all are read or passed over on purpose, the facts
// that another project reads from them are the same here, every checksum is right, and the books
// are those of an independent replay.
#include <set>

#include "collector/venues/okx/book_rule.hpp"
#include "collector/venues/okx/parse.hpp"
#include "collector/venues/okx/rest.hpp"
#include "collector/venues/test/capture_check.hpp"

namespace mp::collector::okx {
namespace {

using namespace capture_check;

const std::vector<std::string> kSessions = {
    "cryptofeed/okx_20210722_conn1",
    "cryptofeed/okx_20210722_conn2",
    "cryptofeed/okx_20210722_conn3",
    "cryptofeed/okx_20220513",
};
const std::vector<std::string> kSamples = {
    "crypto-msg-parser/okx",
    "gocryptotrader/okcoin_ws_okx-protocol",
    "gocryptotrader/okx_ws",
    "nautilus/okx",
    "tardis-node/okex",
    "tardis-node/okex-futures",
    "tardis-node/okex-options",
    "tardis-node/okex-swap",
    "transcribed/okx-protocol_okj_20260923",
    "transcribed/okx_ccxt_202608",
};

// Channels that carry nothing of what is collected. "liquidations" is no channel of OKX's: answers
// to REST requests that a recorder dressed up.
const std::set<std::string> kPassedOver = {
    "block-tickers",
    "books5",
    "candle1D",
    "economic-calendar",
    "estimated-price",
    "index-candle30m",
    "index-tickers",  // of indices that are no spot instrument of the session
    "instruments",
    "liquidations",
    "mark-price-candle1D",
    "opt-summary",
    "option-trades",
    "price-limit",
    "public-block-trades",
    "public-struc-block-trades",
    "sprd-books5",
    "sprd-public-trades",
    "",
};

constexpr const char* kSymbolKey = R"("instId":)";

InstrumentFacts FactsOf(const std::string& symbol) {
    InstrumentFacts facts;
    const bool spot = std::count(symbol.begin(), symbol.end(), '-') == 1;
    if (!spot) facts.quantity_unit = model::QuantityUnit::kContracts;
    return facts;
}

TEST(OkxCaptures, EveryMessageIsReadOrPassedOverOnPurpose) {
    MP_SKIP_WITHOUT_CAPTURES();
    std::vector<std::string> all = kSessions;
    all.insert(all.end(), kSamples.begin(), kSamples.end());
    size_t read = 0;
    for (const std::string& name : all) {
        Reader reader(MakeParser, kSymbolKey, FactsOf);
        for (const CaptureRecord& record : Load(name)) {
            if (!IsStreamed(record)) continue;
            const ParseResult result = reader.Read(record);
            ASSERT_TRUE(result.ok()) << name << " " << ToString(result.error) << " " << record.raw;
            read += result.ignored ? 0 : 1;
            if (result.ignored) {
                EXPECT_TRUE(kPassedOver.contains(record.channel)) << name << " " << record.raw;
            }
        }
    }
    EXPECT_GT(read, 5000u);
}

// Of derivative tickers, which pile up from message to message, only what this message says; their
// time is the newest of all messages. Best quotes out of tickers are not ours.
std::vector<std::string> VenueFact(element record, const CaptureRecord& from) {
    const std::string type = String(record, "type");
    const std::string any_time = String(record, "symbol") + " *";
    if (from.channel == "liquidations") return {};
    if (type == "book_ticker" && from.channel == "bbo-tbt") return {QuoteFact(record)};
    if (type != "derivative_ticker") return Fact(record);
    if (from.channel == "funding-rate")
        return {"funding " + any_time + Number(record, "fundingRate")};
    if (from.channel == "open-interest") {
        return {"interest " + any_time + Number(record, "openInterest")};
    }
    if (from.channel == "mark-price") return {"mark " + any_time + Number(record, "markPrice")};
    if (from.channel == "tickers") return {"last " + any_time + Number(record, "lastPrice")};
    return {};
}

TEST(OkxCaptures, FactsAgreeWithThoseOfAnotherImplementation) {
    MP_SKIP_WITHOUT_CAPTURES();
    size_t compared = 0;
    for (const std::string name : {"okex", "okex-futures", "okex-options", "okex-swap"}) {
        const auto records = Load("tardis-node/" + name);
        simdjson::dom::parser parser;
        FactReader reader(MakeParser, kSymbolKey, FactsOf);
        for (const std::string& line : Lines("tardis-node/" + name + ".expected.jsonl")) {
            const element expected = parser.parse(line).value();
            const CaptureRecord& record =
                records.at(static_cast<size_t>(expected["line"].get_int64().value()) - 1);
            reader.seen.clear();
            ASSERT_TRUE(reader.Read(record).ok()) << record.raw;
            for (const element one : ArrayOf(expected, "expected")) {
                for (const std::string& fact : VenueFact(one, record)) {
                    ++compared;
                    EXPECT_TRUE(reader.Says(fact)) << fact << "\n" << record.raw;
                }
            }
        }
    }
    EXPECT_GE(compared, 14u);
}

TEST(OkxCaptures, EveryChecksumIsRightAndBooksEqualTheCheckpoints) {
    MP_SKIP_WITHOUT_CAPTURES();
    const OkxBookRule rule(400);
    uint64_t verified = 0;
    for (const std::string& name : kSessions) {
        BookReplay replay(rule, MakeParser, kSymbolKey, FactsOf);
        const size_t compared = CheckBooks(name, replay, [](const std::string& series) {
            return series.substr(series.find(':') + 1);
        });
        EXPECT_EQ(replay.losses, 0u) << name;
        EXPECT_GT(compared, 50u) << name;
        uint64_t checks = 0;
        for (const auto& [symbol, keeper] : replay.books) checks += keeper->stats().checks;
        EXPECT_EQ(checks, replay.checksums) << name;
        verified += checks;
    }
    // Every message but the signs of life, which change nothing.
    EXPECT_GT(verified, 4600u);
}

// What a lost update does to a book shows in the next checksums, unless it lies too deep for them.
TEST(OkxCaptures, ALostUpdateShowsOnce) {
    MP_SKIP_WITHOUT_CAPTURES();
    const OkxBookRule rule(400);
    const auto records = Load(kSessions.front());
    size_t found = 0;
    size_t tried = 0;
    for (size_t lost = 200; lost < records.size(); lost += 50) {
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
    EXPECT_GT(tried, 10u);
    EXPECT_GT(found * 10, tried * 7) << found << " of " << tried;
}

TEST(OkxCaptures, ListsEveryInstrumentUnderACanonicalSymbol) {
    MP_SKIP_WITHOUT_CAPTURES();
    using model::Market;
    std::map<Market, size_t> listed;
    for (const CaptureRecord& record : Load("cryptofeed/okx_instruments_20220513")) {
        for (const Market market :
             {Market::kSpot, Market::kLinear, Market::kInverse, Market::kOption}) {
            const auto page = ParseInstruments(record.raw, "okx", market);
            ASSERT_TRUE(page.ok()) << page.status();
            for (const Listing& listing : page->listings) {
                ++listed[market];
                EXPECT_FALSE(listing.base_asset.empty()) << listing.instrument.venue_symbol;
                EXPECT_NE(listing.status, model::InstrumentStatus::kUnspecified);
                if (market == Market::kSpot) continue;
                EXPECT_TRUE(listing.contract_size) << listing.instrument.venue_symbol;
                EXPECT_NE(listing.instrument.symbol, listing.instrument.venue_symbol);
            }
        }
    }
    EXPECT_GT(listed[Market::kSpot], 100u);
    EXPECT_GT(listed[Market::kLinear], 50u);
    EXPECT_GT(listed[Market::kInverse], 10u);
    EXPECT_GT(listed[Market::kOption], 100u);
}

}  // namespace
}  // namespace mp::collector::okx
