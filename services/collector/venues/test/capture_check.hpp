#pragma once
// For tests: a venue's parser and books against recordings by others, what another implementation
// read from them, and the books of an independent replay.

#include <algorithm>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <simdjson.h>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "collector/book/book_keeper.hpp"
#include "collector/venues/frame_parser.hpp"
#include "collector/venues/symbol_table.hpp"
#include "testing/captures.hpp"

namespace mp::collector::capture_check {

using simdjson::dom::element;
using testing::CaptureRecord;

inline std::vector<CaptureRecord> Load(const std::string& name) {
    auto records = testing::LoadCapture(name + ".jsonl");
    EXPECT_TRUE(records.ok()) << records.status();
    return records.ok() ? std::move(*records) : std::vector<CaptureRecord>();
}

inline std::vector<std::string> Lines(const std::string& name) {
    std::ifstream file(*testing::CapturesRoot() / name);
    EXPECT_TRUE(file) << name;
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

// The string that follows `key`, wherever that stands.
inline std::string StringAfter(std::string_view text, std::string_view key) {
    const size_t at = text.find(key);
    if (at == std::string_view::npos) return {};
    const size_t open = text.find('"', at + key.size());
    if (open == std::string_view::npos) return {};
    return std::string(text.substr(open + 1, text.find('"', open + 1) - open - 1));
}

inline bool IsStreamed(const CaptureRecord& record) {
    return record.transport == "ws" && record.direction == "in" &&
           !record.channel.starts_with("rest") && record.channel != "rpc";
}

// A parser that knows every symbol that it is shown.
class Reader : public FrameSink {
  public:
    using Make = std::unique_ptr<FrameParser> (*)(const SymbolTable&);
    using SymbolOf = std::function<std::string(const std::string& message)>;
    using FactsOf = std::function<InstrumentFacts(const std::string& symbol)>;

    Reader(Make make, SymbolOf symbol_of, FactsOf facts)
        : parser_(make(symbols_)), symbol_of_(std::move(symbol_of)), facts_(std::move(facts)) {}
    // `key`: of the first symbol in a message, with its quotes and colon.
    Reader(Make make, std::string key, FactsOf facts)
        : Reader(
              make,
              [key](const std::string& message) { return StringAfter(message, key); },
              std::move(facts)
          ) {}
    virtual ~Reader() = default;

    ParseResult Read(const CaptureRecord& record) {
        const std::string symbol = symbol_of_(record.raw);
        if (!symbol.empty() && symbols_.Find(symbol) == kNoInstrument) {
            symbols_.Set(symbol, static_cast<InstrumentId>(names_.size()), facts_(symbol));
            names_.push_back(symbol);
        }
        return parser_->Parse(record.raw, 1, *this);
    }

    void OnEvent(InstrumentId, const model::Event&, const ChainLink*) override {}
    void OnNotice(const Notice&) override {}

  protected:
    const std::string& NameOf(InstrumentId id) const { return names_[id]; }

  private:
    SymbolTable symbols_;
    std::vector<std::string> names_;
    std::unique_ptr<FrameParser> parser_;
    const SymbolOf symbol_of_;
    const FactsOf facts_;
};

// What was read from a message, in words that Fact uses too.
class FactReader final : public Reader {
  public:
    using Reader::Reader;
    std::vector<std::string> seen;

    void OnEvent(InstrumentId id, const model::Event& event, const ChainLink*) override {
        const std::string time = std::to_string(event.order_ts / kMillisecond) + " ";
        std::visit([&](const auto& body) { Say(NameOf(id) + " ", time, body); }, event.body);
    }

    // Whether `fact` was read, where "*" stands for any time.
    bool Says(const std::string& fact) const {
        const size_t star = fact.find('*');
        return std::any_of(seen.begin(), seen.end(), [&](const std::string& one) {
            if (star == std::string::npos) return one == fact;
            return one.starts_with(fact.substr(0, star)) && one.ends_with(fact.substr(star + 1));
        });
    }

  private:
    using Text = std::string;

    static Text Of(const Decimal& value) { return value.ToString(); }
    static Text Of(const std::optional<Decimal>& value) { return value ? value->ToString() : "-"; }
    static Text Of(std::span<const model::Level> side) {
        Text text;
        for (const model::Level& level : side) {
            text += " " + level.price.ToString() + ":" + level.quantity.ToString();
        }
        return text;
    }
    static Text Of(model::Side side) { return Text(model::ToString(side)); }

    void Say(const Text& name, const Text& time, const model::Trade& trade) {
        const Text id = trade.trade_id.IsText() ? Text(trade.trade_id.text)
                                                : std::to_string(trade.trade_id.number);
        seen.push_back(
            "trade " + name + time + id + " " + Of(trade.price) + " " + Of(trade.quantity) + " " +
            Of(trade.side)
        );
    }
    void Say(const Text& name, const Text& time, const model::Liquidation& order) {
        seen.push_back(
            "liquidation " + name + time + Of(order.price) + " " + Of(order.quantity) + " " +
            Of(order.side)
        );
    }
    void Say(const Text& name, const Text& time, const model::BookDelta& delta) {
        seen.push_back("book " + name + time + "false" + Of(delta.bids) + " |" + Of(delta.asks));
    }
    void Say(const Text& name, const Text& time, const model::BookSnapshot& book) {
        seen.push_back("book " + name + time + "true" + Of(book.bids) + " |" + Of(book.asks));
    }
    void Say(const Text& name, const Text& time, const model::Bbo& bbo) {
        seen.push_back(
            "bbo " + name + time + Of(bbo.bid_price) + " " + Of(bbo.bid_quantity) + " " +
            Of(bbo.ask_price) + " " + Of(bbo.ask_quantity)
        );
    }
    void Say(const Text& name, const Text& time, const model::FundingRate& funding) {
        seen.push_back("funding " + name + time + Of(funding.funding_rate));
    }
    void Say(const Text& name, const Text& time, const model::OpenInterest& interest) {
        seen.push_back("interest " + name + time + Of(interest.open_interest));
    }
    void Say(const Text& name, const Text& time, const model::MarkPrice& mark) {
        seen.push_back("mark " + name + time + Of(mark.mark_price));
        seen.push_back("index " + name + time + Of(mark.index_price));
    }
    void Say(const Text& name, const Text& time, const model::Ticker& ticker) {
        seen.push_back("last " + name + time + Of(ticker.last_price));
    }
    template <typename Other>
    void Say(const Text&, const Text&, const Other&) {}
};

// The number as it is written there, exactly.
inline std::string Number(element record, const char* key) {
    element value;
    if (record[key].get(value) || value.is_null()) return "-";
    return Decimal::Parse(simdjson::minify(value)).value().ToString();
}

inline std::string String(element record, const char* key) {
    return std::string(record[key].get_string().value());
}

inline std::string Millis(std::string_view iso) {
    const auto time = ParseTime(iso);
    return time.ok() ? std::to_string(*time / kMillisecond) : std::string(iso);
}

// "<symbol> <time> " of a record.
inline std::string Head(element record) {
    return String(record, "symbol") + " " + Millis(String(record, "timestamp")) + " ";
}

// By value: what the result holds is gone at the end of the line.
inline simdjson::dom::array ArrayOf(element record, const char* key) {
    return record[key].get_array().value();
}

inline std::string Levels(element record, const char* side) {
    std::string text;
    for (const element level : ArrayOf(record, side)) {
        text += " " + Number(level, "price") + ":" + Number(level, "amount");
    }
    return text;
}

// What a record of the other implementation says; nothing of kinds that differ between venues.
inline std::vector<std::string> Fact(element record) {
    const std::string type = String(record, "type");
    if (type == "trade") {
        return {
            "trade " + Head(record) + String(record, "id") + " " + Number(record, "price") + " " +
            Number(record, "amount") + " " + String(record, "side")};
    }
    if (type == "liquidation") {
        return {
            "liquidation " + Head(record) + Number(record, "price") + " " +
            Number(record, "amount") + " " + String(record, "side")};
    }
    if (type == "book_change") {
        const bool snapshot = record["isSnapshot"].get_bool().value();
        return {
            "book " + Head(record) + (snapshot ? "true" : "false") + Levels(record, "bids") + " |" +
            Levels(record, "asks")};
    }
    return {};
}

inline std::string QuoteFact(element record) {
    return "bbo " + Head(record) + Number(record, "bidPrice") + " " + Number(record, "bidAmount") +
           " " + Number(record, "askPrice") + " " + Number(record, "askAmount");
}

// One session's books, kept as the collector keeps them.
class BookReplay final : public Reader, public BookKeeper::Output {
  public:
    template <typename Symbol>
    BookReplay(const BookRule& rule, Make make, Symbol symbol, FactsOf facts)
        : Reader(make, std::move(symbol), std::move(facts)), rule_(rule) {}

    void OnEvent(InstrumentId id, const model::Event& event, const ChainLink* link) override {
        const auto checksum = link == nullptr ? std::nullopt : link->checksum;
        if (const auto* delta = std::get_if<model::BookDelta>(&event.body)) {
            checksums += checksum ? 1 : 0;
            losses += Of(id).OnDelta(*delta, event.order_ts, checksum) ? 1 : 0;
        } else if (const auto* snapshot = std::get_if<model::BookSnapshot>(&event.body)) {
            checksums += checksum ? 1 : 0;
            SnapshotData data;
            data.last_update_id = snapshot->last_update_id;
            data.time = event.order_ts;
            data.bids.assign(snapshot->bids.begin(), snapshot->bids.end());
            data.asks.assign(snapshot->asks.begin(), snapshot->asks.end());
            data.checksum = checksum;
            data.live = true;
            losses += Of(id).OnSnapshot(data) ? 1 : 0;
        }
    }

    void OnSnapshot(const model::BookSnapshot&, Nanos) override {}
    void OnApplied(Nanos) override {}

    std::map<std::string, std::unique_ptr<BookKeeper>> books;
    uint64_t checksums = 0;  // seen
    uint64_t losses = 0;

  private:
    BookKeeper& Of(InstrumentId id) {
        auto& keeper = books[NameOf(id)];
        if (!keeper) keeper = std::make_unique<BookKeeper>(rule_, BookLimits(), *this);
        return *keeper;
    }

    const BookRule& rule_;
};

inline void ExpectSide(
    element checkpoint, const char* side, const char* count, const std::vector<model::Level>& ours
) {
    EXPECT_EQ(ours.size(), checkpoint[count].get_uint64().value());
    size_t i = 0;
    for (const element level : ArrayOf(checkpoint, side)) {
        ASSERT_LT(i, ours.size());
        EXPECT_EQ(ours[i].price, Decimal::Parse(level.at(0).get_string().value()));
        EXPECT_EQ(ours[i].quantity, Decimal::Parse(level.at(1).get_string().value()));
        ++i;
    }
}

inline void ExpectBook(element checkpoint, const BookKeeper& keeper) {
    std::vector<model::Level> bids, asks;
    keeper.book().Top(0, bids, asks);
    EXPECT_EQ(keeper.state(), BookKeeper::State::kSynced);
    ExpectSide(checkpoint, "bids", "n_bids", bids);
    ExpectSide(checkpoint, "asks", "n_asks", asks);
}

// Reads what is streamed of the session, as far as `select` says, and calls `check` at every
// checkpoint; gives the number of checkpoints.
inline size_t AtCheckpoints(
    const std::string& session,
    Reader& reader,
    const std::function<bool(const CaptureRecord&)>& select,
    const std::function<void(element)>& check
) {
    simdjson::dom::parser parser;
    const auto checkpoints = Lines(session + ".book_checkpoints.jsonl");
    size_t done = 0;
    int64_t line = 0;
    for (const CaptureRecord& record : Load(session)) {
        ++line;
        if (IsStreamed(record) && select(record)) {
            EXPECT_TRUE(reader.Read(record).ok()) << record.raw;
        }
        for (; done < checkpoints.size(); ++done) {
            const element checkpoint = parser.parse(checkpoints[done]).value();
            if (checkpoint["after_line"].get_int64().value() > line) break;
            check(checkpoint);
        }
    }
    EXPECT_EQ(done, checkpoints.size());
    return done;
}

// Compares all books at every checkpoint; `book_of` names a checkpoint's book. Gives the number of
// comparisons.
inline size_t CheckBooks(
    const std::string& session,
    BookReplay& replay,
    const std::function<std::string(const std::string&)>& book_of
) {
    const auto all = [](const CaptureRecord&) { return true; };
    return AtCheckpoints(session, replay, all, [&](element checkpoint) {
        const auto& keeper = replay.books[book_of(String(checkpoint, "instrument"))];
        EXPECT_TRUE(keeper) << simdjson::minify(checkpoint);
        if (keeper) ExpectBook(checkpoint, *keeper);
    });
}

}  // namespace mp::collector::capture_check
