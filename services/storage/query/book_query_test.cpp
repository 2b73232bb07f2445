#include "storage/query/book_query.hpp"

#include <gmock/gmock.h>

#include "storage/query/test/query_fixture.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Price {
    int64_t price;
    int64_t quantity;
};

std::vector<model::Level> Levels(const std::vector<Price>& prices) {
    std::vector<model::Level> levels;
    for (const Price& price : prices) {
        levels.push_back({Decimal::Make(price.price, 0), Decimal::Make(price.quantity, 0)});
    }
    return levels;
}

class BookQueryTest : public QueryTest {
  protected:
    struct Part {
        uint32_t part = 0;
        uint32_t parts = 0;
    };
    void Snapshot(
        Nanos at,
        uint64_t id,
        const std::vector<Price>& bids,
        const std::vector<Price>& asks,
        Part part = {0, 0},
        uint64_t epoch = 0
    ) {
        const auto bid_levels = Levels(bids);
        const auto ask_levels = Levels(asks);
        model::BookSnapshot snapshot;
        snapshot.bids = bid_levels;
        snapshot.asks = ask_levels;
        snapshot.last_update_id = id;
        snapshot.part = part.part;
        snapshot.parts = part.parts;
        snapshot.epoch = epoch;
        Put(at, snapshot, model::DataType::kBookSnapshot);
    }
    void Delta(
        Nanos at,
        uint64_t first,
        uint64_t last,
        const std::vector<Price>& bids,
        Part part = {0, 0},
        uint64_t epoch = 0
    ) {
        const auto levels = Levels(bids);
        model::BookDelta delta;
        delta.bids = levels;
        delta.first_update_id = first;
        delta.last_update_id = last;
        delta.part = part.part;
        delta.parts = part.parts;
        delta.epoch = epoch;
        Put(at, delta, model::DataType::kBookDelta);
    }
    template <typename Body>
    void Put(Nanos at, const Body& body, model::DataType type) {
        model::Event event;
        event.order_ts = at;
        event.exchange_ts = at;
        event.received_ts = at + 1;
        event.body = body;
        Append(engine_, {Encoded(TestSeries(type), event)});
    }

    Result<pb::GetOrderBookResponse> At(std::optional<Nanos> at, uint32_t depth = 0) {
        pb::GetOrderBookRequest request;
        *request.mutable_instrument() = Instrument();
        if (at) request.set_at(*at);
        request.set_depth(depth);
        return Answer<pb::GetOrderBookResponse, BookQuery>(request);
    }
    static std::string Bids(const pb::GetOrderBookResponse& book) {
        std::string text;
        for (int i = 0; i < book.bids().price_size(); ++i) {
            if (i > 0) text += " ";
            text += std::to_string(book.bids().price(i)) + "x" +
                    std::to_string(book.bids().quantity(i));
        }
        return text;
    }
};

TEST_F(BookQueryTest, IsTheLastSnapshotAndTheDeltasBehindIt) {
    Delta(10, 1, 5, {{99, 1}});
    Snapshot(20, 7, {{100, 1}, {99, 2}}, {{101, 3}});
    Delta(15, 6, 7, {{98, 7}});   // in the snapshot already
    Delta(20, 8, 9, {{100, 5}});  // the one that bridges it
    Delta(30, 10, 12, {{99, 0}, {97, 4}});
    EXPECT_EQ(Bids(At(20).value()), "100x5 99x2");
    EXPECT_EQ(Bids(At(29).value()), "100x5 99x2");
    const auto book = At(30).value();
    EXPECT_EQ(Bids(book), "100x5 97x4");
    EXPECT_EQ(book.ts(), 30);
    EXPECT_EQ(book.last_update_id(), 12u);
    EXPECT_EQ(book.updates_applied(), 2u);
    EXPECT_EQ(book.asks().price_size(), 1);
    EXPECT_EQ(Bids(At(std::nullopt).value()), "100x5 97x4");
    EXPECT_EQ(Bids(At(30, 1).value()), "100x5");
}

TEST_F(BookQueryTest, BeforeTheFirstSnapshotThereIsNone) {
    Snapshot(20, 7, {{100, 1}}, {});
    EXPECT_EQ(At(19).status().code(), StatusCode::kNotFound);
}

TEST_F(BookQueryTest, UsesTheLatestSnapshot) {
    Snapshot(10, 1, {{100, 1}}, {});
    Delta(20, 2, 2, {{90, 1}});
    Snapshot(30, 9, {{95, 1}}, {});
    Delta(40, 10, 10, {{94, 1}});
    EXPECT_EQ(Bids(At(25).value()), "100x1 90x1");
    EXPECT_EQ(Bids(At(45).value()), "95x1 94x1");
}

TEST_F(BookQueryTest, PutsSplitSnapshotsAndDeltasTogether) {
    Snapshot(10, 5, {{100, 1}}, {}, {0, 3});
    Snapshot(10, 5, {{99, 1}}, {}, {1, 3});
    Snapshot(10, 5, {{98, 1}}, {}, {2, 3});
    Delta(20, 6, 8, {{97, 1}}, {0, 2});
    Delta(20, 6, 8, {{96, 1}}, {1, 2});
    const auto book = At(std::nullopt).value();
    EXPECT_EQ(Bids(book), "100x1 99x1 98x1 97x1 96x1");
    EXPECT_EQ(book.last_update_id(), 8u);
}

TEST_F(BookQueryTest, ASnapshotThatLacksAPartIsPassedOver) {
    Snapshot(10, 1, {{50, 1}}, {});
    Snapshot(20, 5, {{100, 1}}, {}, {0, 3});
    Snapshot(20, 5, {{98, 1}}, {}, {2, 3});
    Snapshot(30, 6, {{99, 1}}, {}, {1, 2});
    EXPECT_EQ(Bids(At(std::nullopt).value()), "50x1");
}

TEST_F(BookQueryTest, EndsBeforeAHoleAndSaysSo) {
    Snapshot(10, 5, {{100, 1}}, {});
    Delta(20, 6, 6, {{99, 1}});
    Delta(40, 8, 8, {{98, 1}});
    const auto book = At(50).value();
    EXPECT_EQ(Bids(book), "100x1 99x1");
    EXPECT_EQ(book.ts(), 20);
    EXPECT_FALSE(book.coverage().complete());
    Snapshot(45, 8, {{80, 1}}, {});
    EXPECT_EQ(Bids(At(50).value()), "80x1");
}

TEST_F(BookQueryTest, ANewEpochNeedsItsOwnSnapshot) {
    Snapshot(10, 500, {{100, 1}}, {});
    Delta(20, 501, 501, {{99, 1}});
    Delta(30, 1, 1, {{98, 1}}, {0, 0}, 1);
    EXPECT_EQ(Bids(At(35).value()), "100x1 99x1");
    Snapshot(40, 1, {{70, 1}}, {}, {0, 0}, 1);
    Delta(50, 2, 2, {{69, 1}}, {0, 0}, 1);
    EXPECT_EQ(Bids(At(55).value()), "70x1 69x1");
}

TEST_F(BookQueryTest, GoesOnInANewEpochThatNamesWhatItFollows) {
    Snapshot(10, 500, {{100, 1}}, {});
    Delta(20, 501, 501, {{99, 1}});
    const auto levels = Levels({{98, 1}});
    model::BookDelta anew;
    anew.bids = levels;
    anew.first_update_id = 501;
    anew.previous_update_id = 501;
    anew.last_update_id = 3;
    anew.epoch = 1;
    Put(30, anew, model::DataType::kBookDelta);
    Delta(40, 4, 4, {{97, 1}}, {0, 0}, 1);
    const auto book = At(45).value();
    EXPECT_EQ(Bids(book), "100x1 99x1 98x1 97x1");
    EXPECT_EQ(book.epoch(), 1u);
}

TEST_F(BookQueryTest, GoesOnWithNewNumbersThatNameWhatTheyFollow) {
    Snapshot(10, 500, {{100, 1}}, {});
    Delta(20, 501, 501, {{99, 1}});
    const auto levels = Levels({{98, 1}});
    model::BookDelta anew;
    anew.bids = levels;
    anew.first_update_id = 501;
    anew.previous_update_id = 501;
    anew.last_update_id = 3;
    Put(30, anew, model::DataType::kBookDelta);
    Delta(40, 4, 4, {{97, 1}});
    const auto book = At(45).value();
    EXPECT_EQ(Bids(book), "100x1 99x1 98x1 97x1");
    EXPECT_EQ(book.last_update_id(), 4u);
    EXPECT_TRUE(Bids(At(25).value()).ends_with("99x1"));
}

TEST_F(BookQueryTest, ManyDeltasAreNoProblem) {
    Snapshot(10, 0, {{1, 1}}, {});
    for (uint64_t i = 1; i <= 25'000; ++i) {
        Delta(
            10 + static_cast<Nanos>(i),
            i,
            i,
            {{static_cast<int64_t>(i % 10) + 1, static_cast<int64_t>(i)}}
        );
    }
    EXPECT_EQ(At(std::nullopt).value().updates_applied(), 25'000u);
}

}  // namespace
}  // namespace mp::storage
