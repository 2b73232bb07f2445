// Bybit's own messages, as others recorded them: all are read or passed over on purpose, the facts
// that another project reads from them are the same here, and the books are those of an
// independent replay.
#include <set>

#include "collector/venues/bybit/book_rule.hpp"
#include "collector/venues/bybit/parse.hpp"
#include "collector/venues/bybit/rest.hpp"
#include "collector/venues/bybit/streams.hpp"
#include "collector/venues/test/capture_check.hpp"

namespace mp::collector::bybit {
namespace {

using namespace capture_check;

const std::string kSession = "cryptofeed/bybit-v5_20260809";
const std::string kQuotes = "cryptofeed/bybit-v5-linear_20250613";
const std::string kDeep = "nautilus/bybit-spot-or-linear_xrpusdt_ob500_20241201";
const std::vector<std::string> kSamples = {
    "gocryptotrader/bybit_ws",
    "nautilus/bybit",
    "tardis-node/bybit",
    "tardis-node/bybit-spot",
};

InstrumentFacts NoFacts(const std::string&) {
    return {};
}

// The last part of the topic.
std::string SymbolIn(const std::string& message) {
    const std::string topic = StringAfter(message, R"("topic":)");
    return topic.substr(topic.rfind('.') + 1);
}

// Of markets that are not collected, or of the venue's earlier interface.
bool IsForeign(const CaptureRecord& record) {
    return record.market == "option" || record.raw.find("generated") != std::string::npos ||
           ParseTopic(StringAfter(record.raw, R"("topic":)")).channel == Channel::kUnknown;
}

TEST(BybitCaptures, EveryMessageIsReadOrPassedOverOnPurpose) {
    MP_SKIP_WITHOUT_CAPTURES();
    std::vector<std::string> all = kSamples;
    all.insert(all.end(), {kSession, kQuotes, kDeep});
    size_t read = 0;
    for (const std::string& name : all) {
        Reader reader(MakeParser, SymbolIn, NoFacts);
        for (const CaptureRecord& record : Load(name)) {
            if (!IsStreamed(record) || record.market == "option") continue;
            const ParseResult result = reader.Read(record);
            ASSERT_TRUE(result.ok()) << name << " " << ToString(result.error) << " " << record.raw;
            read += result.ignored ? 0 : 1;
            if (result.ignored) {
                EXPECT_TRUE(IsForeign(record)) << name << " " << record.raw;
            }
        }
    }
    EXPECT_GT(read, 3300u);
}

// Of derivative tickers, which pile up, whatever this message says of them.
std::vector<std::string> VenueFact(element record) {
    const std::string type = String(record, "type");
    if (type == "book_ticker") return {QuoteFact(record)};
    if (type != "derivative_ticker") return Fact(record);
    const std::string head = Head(record);
    return {
        "interest " + head + Number(record, "openInterest"),
        "funding " + head + Number(record, "fundingRate")};
}

TEST(BybitCaptures, FactsAgreeWithThoseOfAnotherImplementation) {
    MP_SKIP_WITHOUT_CAPTURES();
    size_t compared = 0;
    for (const std::string name : {"bybit", "bybit-spot"}) {
        const auto records = Load("tardis-node/" + name);
        simdjson::dom::parser parser;
        FactReader reader(MakeParser, SymbolIn, NoFacts);
        for (const std::string& line : Lines("tardis-node/" + name + ".expected.jsonl")) {
            const element expected = parser.parse(line).value();
            const CaptureRecord& record =
                records.at(static_cast<size_t>(expected["line"].get_int64().value()) - 1);
            if (IsForeign(record)) continue;
            reader.seen.clear();
            ASSERT_TRUE(reader.Read(record).ok()) << record.raw;
            for (const element one : ArrayOf(expected, "expected")) {
                for (const std::string& fact : VenueFact(one)) {
                    ++compared;
                    EXPECT_TRUE(reader.Says(fact)) << fact << "\n" << record.raw;
                }
            }
        }
    }
    EXPECT_GE(compared, 18u);
}

TEST(BybitCaptures, BooksEqualTheCheckpoints) {
    MP_SKIP_WITHOUT_CAPTURES();
    const BybitBookRule rule(200);
    for (const std::string market : {"linear", "spot"}) {
        BookReplay replay(rule, MakeParser, SymbolIn, NoFacts);
        size_t compared = 0;
        const auto ours = [&](const CaptureRecord& record) { return record.market == market; };
        AtCheckpoints(kSession, replay, ours, [&](element checkpoint) {
            const std::string book = String(checkpoint, "instrument");
            if (!book.starts_with(market)) return;
            ++compared;
            ExpectBook(checkpoint, *replay.books.at(book.substr(book.rfind('.') + 1)));
        });
        EXPECT_EQ(replay.losses, 0u) << market;
        EXPECT_GE(compared, 10u) << market;
    }
    const BybitBookRule deep(500);
    BookReplay replay(deep, MakeParser, SymbolIn, NoFacts);
    const size_t compared = CheckBooks(kDeep, replay, [](const std::string& series) {
        return series.substr(series.rfind('.') + 1);
    });
    EXPECT_EQ(replay.losses, 0u);
    EXPECT_GT(compared, 10u);
}

class QuoteReplay final : public Reader {
  public:
    QuoteReplay() : Reader(MakeParser, SymbolIn, NoFacts) {}

    void OnEvent(InstrumentId id, const model::Event& event, const ChainLink*) override {
        if (const auto* bbo = std::get_if<model::Bbo>(&event.body)) quotes[NameOf(id)] = *bbo;
        ++events;
    }
    void OnSkipped(InstrumentId, model::DataType, Nanos, const ChainLink&) override { ++repeats; }

    std::map<std::string, model::Bbo> quotes;
    size_t events = 0;
    size_t repeats = 0;
};

TEST(BybitCaptures, BestQuotesEqualTheCheckpoints) {
    MP_SKIP_WITHOUT_CAPTURES();
    QuoteReplay replay;
    const auto all = [](const CaptureRecord&) { return true; };
    const size_t compared = AtCheckpoints(kQuotes, replay, all, [&](element checkpoint) {
        const std::string book = String(checkpoint, "instrument");
        const model::Bbo& quote = replay.quotes.at(book.substr(book.rfind('.') + 1));
        ExpectSide(checkpoint, "bids", "n_bids", {{*quote.bid_price, *quote.bid_quantity}});
        ExpectSide(checkpoint, "asks", "n_asks", {{*quote.ask_price, *quote.ask_quantity}});
    });
    EXPECT_GT(compared, 50u);
    EXPECT_EQ(replay.events + replay.repeats, 198u);
    EXPECT_EQ(replay.repeats, 16u);
}

// But for the last one of each book, every lost update shows.
TEST(BybitCaptures, ALostUpdateShowsOnce) {
    MP_SKIP_WITHOUT_CAPTURES();
    const BybitBookRule rule(200);
    const auto records = Load(kSession);
    size_t found = 0;
    size_t tried = 0;
    for (size_t lost = 200; lost + 300 < records.size(); lost += 40) {
        if (records[lost].data_type != "book_delta") continue;
        ++tried;
        BookReplay replay(rule, MakeParser, SymbolIn, NoFacts);
        for (size_t i = 0; i < records.size(); ++i) {
            const bool ours = records[i].market == records[lost].market;
            if (i == lost || !ours || !IsStreamed(records[i])) continue;
            ASSERT_TRUE(replay.Read(records[i]).ok());
        }
        EXPECT_LE(replay.losses, 1u) << lost;
        found += replay.losses;
    }
    EXPECT_GT(tried, 20u);
    EXPECT_GE(found + 6, tried);
}

TEST(BybitCaptures, ListsEveryInstrumentUnderACanonicalSymbol) {
    MP_SKIP_WITHOUT_CAPTURES();
    using model::Market;
    std::map<Market, size_t> listed;
    for (const CaptureRecord& record : Load(kSession)) {
        if (record.data_type != "instruments") continue;
        const Market market = record.market == "spot" ? Market::kSpot : Market::kLinear;
        const auto page = ParseInstruments(record.raw, "bybit", market);
        ASSERT_TRUE(page.ok()) << page.status();
        for (const Listing& listing : page->listings) {
            ++listed[market];
            EXPECT_NE(listing.instrument.symbol, listing.instrument.venue_symbol);
            EXPECT_EQ(listing.status, model::InstrumentStatus::kTrading);
            EXPECT_TRUE(listing.tick_size) << listing.instrument.venue_symbol;
            EXPECT_TRUE(listing.lot_size) << listing.instrument.venue_symbol;
        }
    }
    EXPECT_GT(listed[Market::kSpot], 400u);
    EXPECT_GT(listed[Market::kLinear], 400u);
}

}  // namespace
}  // namespace mp::collector::bybit
