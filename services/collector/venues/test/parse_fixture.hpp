#pragma once
// For the tests of all parsers: what came out of a frame, and that bad frames are judged as they
// should be.

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/symbol_table.hpp"
#include "model/identity.hpp"

namespace mp::collector::testing {

inline Decimal D(std::string_view text) {
    return *Decimal::Parse(text);
}

class ParseFixture : public ::testing::Test, protected FrameSink {
  protected:
    static constexpr Nanos kReceived = 1'790'000'000'400'000'123;

    using Make = std::unique_ptr<FrameParser> (*)(const SymbolTable&);
    explicit ParseFixture(Make make) : make_(make), parser_(make(symbols_)) {}

    ParseResult Parse(std::string_view frame) {
        seen_.clear();
        notices_.clear();
        skipped_.clear();
        return parser_->Parse(frame, kReceived, *this);
    }

    struct Seen {
        InstrumentId instrument;
        model::Event event;
        std::optional<ChainLink> link;
        std::vector<model::Level> bids, asks;
        std::string text;  // of an id or interval
    };
    struct Heard {
        Notice::Kind kind;
        std::optional<uint64_t> id;
        std::string channel, text;
        Nanos valid_for;
    };

    void OnEvent(InstrumentId id, const model::Event& event, const ChainLink* link) override {
        Seen& seen = seen_.emplace_back();
        seen.instrument = id;
        seen.event = event;
        if (link != nullptr) seen.link = *link;
        std::visit([&](const auto& body) { KeepViewed(body, seen); }, event.body);
    }
    void OnSkipped(InstrumentId, model::DataType, Nanos, const ChainLink& link) override {
        skipped_.push_back(link);
    }
    void OnNotice(const Notice& notice) override {
        notices_.push_back(
            {notice.kind,
             notice.id,
             std::string(notice.channel),
             std::string(notice.text),
             notice.valid_for}
        );
    }

    // Event number `at` of a good frame that gives `count`.
    template <typename Body>
    const Body& Expect(std::string_view frame, size_t at = 0, size_t count = 1) {
        const ParseResult result = Parse(frame);
        EXPECT_TRUE(result.ok()) << ToString(result.error) << " " << frame;
        EXPECT_EQ(seen_.size(), count) << frame;
        return BodyOf<Body>(at, frame);
    }
    template <typename Body>
    const Body& BodyOf(size_t at, std::string_view frame = {}) const {
        if (at < seen_.size() && std::holds_alternative<Body>(seen_[at].event.body)) {
            return std::get<Body>(seen_[at].event.body);
        }
        ADD_FAILURE() << "another event, or none: " << frame;
        static const Body kNone{};
        return kNone;
    }
    const Heard& ExpectNotice(std::string_view frame) {
        EXPECT_TRUE(Parse(frame).ok()) << frame;
        EXPECT_EQ(notices_.size(), 1u) << frame;
        static const Heard kNone{};
        return notices_.empty() ? kNone : notices_[0];
    }

    struct Bad {
        std::string frame;
        ParseError error;
        model::DataType type;
    };
    void ExpectBad(const std::vector<Bad>& frames, InstrumentId instrument) {
        for (const Bad& bad : frames) {
            const ParseResult result = Parse(bad.frame);
            EXPECT_EQ(result.error, bad.error) << ToString(result.error) << " " << bad.frame;
            EXPECT_EQ(result.type, bad.type) << bad.frame;
            EXPECT_EQ(result.instrument, instrument) << bad.frame;
        }
    }
    void ExpectBadWhereverCut(const std::vector<std::string>& frames) {
        for (const std::string& frame : frames) {
            for (size_t size = 0; size < frame.size(); ++size) {
                EXPECT_FALSE(Parse(frame.substr(0, size)).ok()) << frame.substr(0, size);
            }
        }
    }
    void ExpectIgnored(const std::vector<std::string>& frames) {
        for (const std::string& frame : frames) {
            const ParseResult result = Parse(frame);
            EXPECT_TRUE(result.ok()) << frame;
            EXPECT_TRUE(result.ignored) << frame;
            EXPECT_TRUE(seen_.empty() && notices_.empty()) << frame;
        }
    }

    // Key and content of all that the frames give, one after another.
    std::vector<std::string> IdentitiesOf(const std::vector<std::string>& frames) {
        std::vector<std::string> identities;
        for (const std::string& frame : frames) {
            EXPECT_TRUE(Parse(frame).ok()) << frame;
            for (const Seen& seen : seen_) {
                std::string& identity = identities.emplace_back();
                model::AppendKey(seen.event, identity);
                identity += "/" + std::to_string(model::ContentHash(seen.event));
            }
        }
        return identities;
    }
    // `frames` are the same events to a connection that has `history` behind it and to one that
    // begins with them, as two collectors do.
    void ExpectSameAfter(
        const std::vector<std::string>& history, const std::vector<std::string>& frames
    ) {
        IdentitiesOf(history);
        const std::vector<std::string> later = IdentitiesOf(frames);
        parser_ = make_(symbols_);
        EXPECT_EQ(IdentitiesOf(frames), later);
        EXPECT_FALSE(later.empty());
    }

    const Make make_;
    SymbolTable symbols_;
    std::unique_ptr<FrameParser> parser_;
    std::vector<Seen> seen_;
    std::vector<Heard> notices_;
    std::vector<ChainLink> skipped_;

  private:
    // What an event only views is gone when the next frame comes.
    static void KeepViewed(const model::BookDelta& delta, Seen& seen) { KeepSides(delta, seen); }
    static void KeepViewed(const model::BookSnapshot& book, Seen& seen) { KeepSides(book, seen); }
    static void KeepViewed(const model::Kline& bar, Seen& seen) { seen.text = bar.interval; }
    static void KeepViewed(const model::Trade& fill, Seen& seen) { seen.text = fill.trade_id.text; }
    static void KeepViewed(const model::Liquidation& order, Seen& seen) {
        seen.text = order.liquidation_id;
    }
    template <typename Other>
    static void KeepViewed(const Other&, Seen&) {}
    template <typename Book>
    static void KeepSides(const Book& book, Seen& seen) {
        seen.bids.assign(book.bids.begin(), book.bids.end());
        seen.asks.assign(book.asks.begin(), book.asks.end());
    }
};

}  // namespace mp::collector::testing
