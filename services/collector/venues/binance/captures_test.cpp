// Binance's own messages, as others recorded them: every one is read, what the events say is what
// the text says, the facts that another project read are the same here, and the books are those of
// an independent replay.
#include "testing/captures.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "base/time.hpp"
#include "collector/book/book_keeper.hpp"
#include "collector/venues/binance/parse.hpp"
#include "collector/venues/registry.hpp"

namespace mp::collector::binance {
namespace {

using Json = nlohmann::json;
using testing::CaptureRecord;

struct Session {
    std::string name;
    model::Market market;
};

void PrintTo(const Session& session, std::ostream* out) {
    *out << session.name;
}

std::vector<CaptureRecord> Load(const std::string& name) {
    auto records = testing::LoadCapture(name + ".jsonl");
    EXPECT_TRUE(records.ok()) << records.status();
    return records.ok() ? std::move(*records) : std::vector<CaptureRecord>();
}

std::vector<Json> JsonLines(const std::string& name) {
    std::ifstream file(*testing::CapturesRoot() / name);
    EXPECT_TRUE(file) << name;
    std::vector<Json> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
    return lines;
}

Decimal D(const Json& number) {
    const std::string text = number.is_string() ? number.get<std::string>() : number.dump();
    const auto value = Decimal::Parse(text);
    EXPECT_TRUE(value) << text;
    return value.value_or(Decimal{-1, 0});
}

Nanos Ms(const Json& milliseconds) {
    return milliseconds.get<int64_t>() * kMillisecond;
}

// What a payload says, read by another parser.
class Witness {
  public:
    Witness(const Json& data, const InstrumentFacts& facts) : data_(data), facts_(facts) {}

    void Check(const model::Event& event) const {
        if (data_.contains("E")) {
            EXPECT_EQ(event.exchange_ts, Ms(data_["E"]));
        }
        std::visit([&](const auto& body) { CheckBody(event, body); }, event.body);
    }

  private:
    void CheckBody(const model::Event& event, const model::Trade& trade) const {
        const bool single = data_["e"] == "trade";
        EXPECT_EQ(event.order_ts, Ms(data_["T"]));
        EXPECT_EQ(trade.trade_id.number, data_[single ? "t" : "a"].get<uint64_t>());
        EXPECT_EQ(
            trade.id_space, single ? model::TradeIdSpace::kTrade : model::TradeIdSpace::kAggregate
        );
        EXPECT_EQ(trade.price, D(data_["p"]));
        EXPECT_EQ(trade.quantity, D(data_["q"]));
        EXPECT_EQ(trade.side, data_["m"].get<bool>() ? model::Side::kSell : model::Side::kBuy);
        EXPECT_EQ(trade.quantity_unit, facts_.quantity_unit);
    }

    void CheckBody(const model::Event& event, const model::BookDelta& delta) const {
        EXPECT_EQ(event.order_ts, Ms(data_["E"]));
        EXPECT_EQ(delta.first_update_id, data_["U"].get<uint64_t>());
        EXPECT_EQ(delta.last_update_id, data_["u"].get<uint64_t>());
        if (data_.contains("pu") && data_["pu"] != -1) {
            EXPECT_EQ(delta.previous_update_id, data_["pu"].get<uint64_t>());
        } else {
            EXPECT_FALSE(delta.previous_update_id);
        }
        CheckLevels(delta.bids, data_["b"]);
        CheckLevels(delta.asks, data_["a"]);
    }

    static void CheckLevels(std::span<const model::Level> levels, const Json& raw) {
        ASSERT_EQ(levels.size(), raw.size());
        for (size_t i = 0; i < levels.size(); ++i) {
            EXPECT_EQ(levels[i].price, D(raw[i][0]));
            EXPECT_EQ(levels[i].quantity, D(raw[i][1]));
        }
    }

    void CheckBody(const model::Event& event, const model::Bbo& bbo) const {
        EXPECT_EQ(event.order_ts, data_.contains("T") ? Ms(data_["T"]) : event.received_ts);
        EXPECT_EQ(bbo.update_id, data_["u"].get<uint64_t>());
        EXPECT_EQ(bbo.bid_price, D(data_["b"]));
        EXPECT_EQ(bbo.bid_quantity, D(data_["B"]));
        EXPECT_EQ(bbo.ask_price, D(data_["a"]));
        EXPECT_EQ(bbo.ask_quantity, D(data_["A"]));
    }

    void CheckBody(const model::Event& event, const model::Ticker& ticker) const {
        EXPECT_EQ(event.order_ts, Ms(data_["E"]));
        EXPECT_EQ(ticker.last_price, D(data_["c"]));
        EXPECT_EQ(ticker.open_price, D(data_["o"]));
        EXPECT_EQ(ticker.high_price, D(data_["h"]));
        EXPECT_EQ(ticker.low_price, D(data_["l"]));
        EXPECT_EQ(ticker.volume, D(data_["v"]));
        EXPECT_EQ(ticker.quote_volume, QuoteVolume(data_));
    }

    void CheckBody(const model::Event& event, const model::Kline& kline) const {
        const Json& bar = data_["k"];
        EXPECT_EQ(event.order_ts, Ms(data_["E"]));
        EXPECT_EQ(kline.interval, bar["i"].get<std::string>());
        EXPECT_EQ(kline.open_time, Ms(bar["t"]));
        EXPECT_EQ(kline.close_time, Ms(bar["T"]));
        EXPECT_EQ(kline.open, D(bar["o"]));
        EXPECT_EQ(kline.high, D(bar["h"]));
        EXPECT_EQ(kline.low, D(bar["l"]));
        EXPECT_EQ(kline.close, D(bar["c"]));
        EXPECT_EQ(kline.volume, D(bar["v"]));
        EXPECT_EQ(kline.quote_volume, QuoteVolume(bar));
        EXPECT_EQ(kline.trade_count, bar["n"].get<uint64_t>());
        EXPECT_EQ(kline.closed, bar["x"].get<bool>());
    }

    // "q" is the base asset's where quantities count contracts.
    std::optional<Decimal> QuoteVolume(const Json& from) const {
        if (facts_.quantity_unit == model::QuantityUnit::kBase) return D(from["q"]);
        return Multiply(D(from["v"]), *facts_.contract_size);
    }

    void CheckBody(const model::Event& event, const model::MarkPrice& mark) const {
        EXPECT_EQ(event.order_ts, Ms(data_["E"]));
        EXPECT_EQ(mark.mark_price, D(data_["p"]));
        EXPECT_EQ(mark.index_price.has_value(), data_.contains("i"));
        if (mark.index_price) {
            EXPECT_EQ(mark.index_price, D(data_["i"]));
        }
    }

    void CheckBody(const model::Event&, const model::FundingRate& funding) const {
        EXPECT_EQ(funding.funding_rate, D(data_["r"]));
        EXPECT_EQ(funding.next_funding_time, Ms(data_["T"]));
        EXPECT_EQ(funding.mark_price, D(data_["p"]));
    }

    template <typename Body>
    void CheckBody(const model::Event&, const Body&) const {
        ADD_FAILURE() << "an event of a type that was not recorded";
    }

    const Json& data_;
    const InstrumentFacts& facts_;
};

// Reads records as a feed would, and holds every event against its text.
class Reader final : public FrameSink, private BookKeeper::Output {
  public:
    explicit Reader(model::Market market) {
        config_.exchange = "binance";
        config_.market = market;
        venue_ = std::move(*MakeVenue(config_));
        parser_ = venue_->MakeParser(symbols_);
        facts_.quantity_unit = market == model::Market::kInverse ? model::QuantityUnit::kContracts
                                                                 : model::QuantityUnit::kBase;
        facts_.contract_size = Decimal{10, 0};
    }

    const Venue& venue() const { return *venue_; }

    ParseResult Read(const std::string& raw) {
        const Json message = Json::parse(raw);
        data_ = message.contains("data") ? message["data"] : message;
        types_.clear();
        Know(data_);
        return parser_->Parse(raw, kReceived, *this);
    }

    BookKeeper& BookOf(const std::string& symbol) { return books_.at(Know(symbol)); }
    const std::set<model::DataType>& types() const { return types_; }
    const model::Event& last() const { return last_; }
    size_t size() const { return books_.size(); }
    const std::string& symbol() const { return last_symbol_; }

    void OnEvent(InstrumentId id, const model::Event& event, const ChainLink*) override {
        EXPECT_TRUE(types_.insert(model::TypeOf(event)).second);
        EXPECT_EQ(event.received_ts, kReceived);
        Witness(data_, facts_).Check(event);
        last_ = event;
        if (const auto* delta = std::get_if<model::BookDelta>(&event.body)) {
            EXPECT_FALSE(books_.at(id).OnDelta(*delta, event.order_ts)) << "a gap in " << data_;
        } else if (const auto* bbo = std::get_if<model::Bbo>(&event.body)) {
            EXPECT_FALSE(books_.at(id).OnBbo(*bbo)) << "a contradiction by " << data_;
        }
    }
    void OnNotice(const Notice&) override { noticed_ = true; }
    bool noticed() const { return noticed_; }

  private:
    static constexpr Nanos kReceived = 1'800'000'000'000'000'000;

    void OnSnapshot(const model::BookSnapshot&, Nanos) override {}
    void OnApplied(Nanos) override {}

    void Know(const Json& data) {
        if (!data.is_object()) return;
        if (data.contains("s")) Know(data["s"].get<std::string>());
    }
    InstrumentId Know(const std::string& symbol) {
        last_symbol_ = symbol;
        InstrumentId id = symbols_.Find(symbol);
        if (id != kNoInstrument) return id;
        id = static_cast<InstrumentId>(books_.size());
        symbols_.Set(symbol, id, facts_);
        BookKeeper::Output& output = *this;
        books_.try_emplace(id, venue_->book_rule(), BookLimits{}, output);
        return id;
    }

    VenueConfig config_;
    std::unique_ptr<Venue> venue_;
    SymbolTable symbols_;
    InstrumentFacts facts_;
    std::unique_ptr<FrameParser> parser_;
    std::map<InstrumentId, BookKeeper> books_;
    std::string last_symbol_;
    Json data_;
    std::set<model::DataType> types_;
    bool noticed_ = false;
    model::Event last_;
};

// The symbol of a depth request; a capture of one symbol lacks the request.
std::string SymbolOf(const CaptureRecord& record, const Reader& reader) {
    const size_t at = record.url.find("symbol=");
    if (at == std::string::npos) return reader.symbol();
    const std::string rest = record.url.substr(at + 7);
    return rest.substr(0, rest.find('&'));
}

void Compare(const Json& checkpoint, const BookKeeper& keeper) {
    const bool fresh = checkpoint["updates_applied"] == 0;  // nothing came behind its snapshot yet
    const auto state = fresh ? BookKeeper::State::kBridging : BookKeeper::State::kSynced;
    EXPECT_EQ(keeper.state(), state) << checkpoint;
    EXPECT_EQ(keeper.last_update_id(), checkpoint["seq"].get<uint64_t>()) << checkpoint;
    EXPECT_EQ(keeper.book().bids().size(), checkpoint["n_bids"].get<size_t>()) << checkpoint;
    EXPECT_EQ(keeper.book().asks().size(), checkpoint["n_asks"].get<size_t>()) << checkpoint;
    for (const auto& [side, levels] :
         {std::pair("bids", keeper.book().bids()), std::pair("asks", keeper.book().asks())}) {
        const Json& raw = checkpoint[side];
        ASSERT_GE(levels.size(), raw.size()) << checkpoint;
        for (size_t i = 0; i < raw.size(); ++i) {
            const model::Level& level = levels[levels.size() - 1 - i];
            EXPECT_EQ(level.price, D(raw[i][0])) << checkpoint;
            EXPECT_EQ(level.quantity, D(raw[i][1])) << checkpoint;
        }
    }
}

class SessionTest : public ::testing::TestWithParam<Session> {};

TEST_P(SessionTest, EventsSayWhatTheTextsSayAndBooksAgree) {
    MP_SKIP_WITHOUT_CAPTURES();
    Reader reader(GetParam().market);
    const std::vector<Json> checkpoints = JsonLines(GetParam().name + ".book_checkpoints.jsonl");
    auto next = checkpoints.begin();
    size_t line = 0;
    for (const CaptureRecord& record : Load(GetParam().name)) {
        ++line;
        if (record.data_type == "book_snapshot") {
            const auto snapshot = reader.venue().ParseBook(record.raw);
            ASSERT_TRUE(snapshot.ok()) << snapshot.status();
            EXPECT_FALSE(reader.BookOf(SymbolOf(record, reader)).OnSnapshot(*snapshot));
        } else if (record.data_type == "instruments") {
            const auto page = reader.venue().ParseListings(record.raw);
            ASSERT_TRUE(page.ok()) << page.status();
            EXPECT_EQ(page->listings.size(), Json::parse(record.raw)["symbols"].size());
        } else if (record.transport == "ws" && record.direction == "in") {
            const ParseResult result = reader.Read(record.raw);
            ASSERT_TRUE(result.ok() && !result.ignored) << ToString(result.error) << record.raw;
            ASSERT_EQ(reader.types().size(), 1u) << record.raw;
            EXPECT_EQ(model::ToString(*reader.types().begin()), record.data_type) << record.raw;
        }
        for (; next != checkpoints.end() && (*next)["after_line"] == line; ++next) {
            Compare(*next, reader.BookOf((*next)["instrument"]));
        }
        ASSERT_FALSE(HasFailure()) << "line " << line;
    }
    EXPECT_EQ(next, checkpoints.end());
}

INSTANTIATE_TEST_SUITE_P(
    Binance,
    SessionTest,
    ::testing::Values(
        Session{"cryptofeed/binance-spot_20210404", model::Market::kSpot},
        Session{"cryptofeed/binance-spot_20210405", model::Market::kSpot},
        Session{"cryptofeed/binance-spot_20211012", model::Market::kSpot},
        Session{"hftbacktest/binance-spot_btcusdt_20240808", model::Market::kSpot},
        Session{"cryptofeed/binance-usdm_20210405", model::Market::kLinear},
        Session{"cryptofeed/binance-usdm_20210722", model::Market::kLinear},
        Session{"hftbacktest/binance-usdm_btcusdt_20240808", model::Market::kLinear},
        Session{"cryptofeed/binance-coinm_20210722", model::Market::kInverse},
        Session{"hftbacktest/binance-coinm_btcusd_perp_20240808", model::Market::kInverse}
    ),
    [](const auto& one) {
        std::string name = one.param.name.substr(one.param.name.find('/') + 1);
        for (char& c : name) c = c == '-' ? '_' : c;
        return name;
    }
);

// Single messages of other projects' tests, of both markets of contracts.
TEST(ContractSamples, AreReadOrPassedOver) {
    MP_SKIP_WITHOUT_CAPTURES();
    size_t events = 0;
    for (const char* name :
         {"crypto-msg-parser/binance",
          "nautilus/binance",
          "tardis-node/binance-futures",
          "tardis-node/binance-delivery"}) {
        for (const CaptureRecord& record : Load(name)) {
            const auto market = model::ParseMarket(record.market);
            if (record.transport != "ws" || !market || *market == model::Market::kSpot) continue;
            Reader reader(*market);
            const ParseResult result = reader.Read(record.raw);
            // One of 2019 had no number, so nobody could tell it from its repeat.
            const bool unnumbered = record.raw.find("\"aggTrade\"") != std::string::npos &&
                                    record.raw.find("\"a\":") == std::string::npos &&
                                    record.raw.find("\"a\": ") == std::string::npos;
            EXPECT_EQ(result.ok(), !unnumbered) << name << " " << record.raw;
            const bool said = !reader.types().empty() || reader.noticed();
            EXPECT_EQ(result.ok() && !result.ignored, said) << record.raw;
            events += reader.types().size();
        }
    }
    EXPECT_GE(events, 30u);
}

// What an independent normaliser made of the same messages.
TEST(ContractSamples, AgreeWithAnotherNormaliser) {
    MP_SKIP_WITHOUT_CAPTURES();
    size_t compared = 0;
    for (const auto& [name, market] :
         {std::pair("tardis-node/binance-futures", model::Market::kLinear),
          std::pair("tardis-node/binance-delivery", model::Market::kInverse)}) {
        const std::vector<CaptureRecord> records = Load(name);
        for (const Json& line : JsonLines(std::string(name) + ".expected.jsonl")) {
            const CaptureRecord& record = records.at(line["line"].get<size_t>() - 1);
            Reader reader(market);
            if (!reader.Read(record.raw).ok()) continue;
            for (const Json& fact : line["expected"]) {
                if (const auto* trade = std::get_if<model::Trade>(&reader.last().body);
                    fact["type"] == "trade") {
                    ASSERT_NE(trade, nullptr);
                    EXPECT_EQ(std::to_string(trade->trade_id.number), fact["id"]);
                    EXPECT_EQ(trade->price, D(fact["price"]));
                    EXPECT_EQ(trade->quantity, D(fact["amount"]));
                    EXPECT_EQ(model::ToString(trade->side), fact["side"]);
                    ++compared;
                }
                if (const auto* funding = std::get_if<model::FundingRate>(&reader.last().body)) {
                    EXPECT_EQ(funding->funding_rate, D(fact["fundingRate"]));
                    EXPECT_EQ(funding->mark_price, D(fact["markPrice"]));
                    EXPECT_EQ(funding->index_price.has_value(), !fact["indexPrice"].is_null());
                    EXPECT_EQ(
                        FormatTime(*funding->next_funding_time).substr(0, 19),
                        fact["fundingTimestamp"].get<std::string>().substr(0, 19)
                    );
                    ++compared;
                }
            }
        }
    }
    EXPECT_GE(compared, 3u);
}

}  // namespace
}  // namespace mp::collector::binance
