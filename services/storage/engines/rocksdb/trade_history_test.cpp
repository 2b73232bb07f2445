// Blocks change no answer: not while anything is written, moved or deleted around them, not behind
// a crash.

#include <atomic>
#include <map>
#include <thread>

#include "storage/engines/test/any_trades.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "storage/engines/test/packing_fixture.hpp"
#include "storage/query/event_source.hpp"
#include "testing/manual_clock.hpp"
#include "testing/temp_dir.hpp"
#include "wire/convert.hpp"

namespace mp::storage {
namespace {

// The chunks of an answer, byte for byte.
std::vector<std::string> Chunks(
    const QueryContext& context, const pb::QueryEventsRequest& request
) {
    std::vector<std::string> chunks;
    const auto query = EventSource::Make(context, request).value();
    for (bool last = false; !last;) {
        const Chunk chunk = query->Next().value();
        chunks.push_back(chunk.bytes);
        last = chunk.last;
    }
    return chunks;
}

// Histories of every kind of trade, in and out of order.
class AnyHistory {
  public:
    explicit AnyHistory(uint64_t seed) : trades_(seed) {}

    pb::QueryEventsRequest AnyQuestion() {
        pb::QueryEventsRequest request;
        wire::ToProto(kPacked, *request.mutable_series());
        request.set_layout(Below(2) == 0 ? pb::LAYOUT_COLUMNS : pb::LAYOUT_ROWS);
        if (Below(4) != 0) request.set_start(Below(3000));
        if (Below(2) != 0) request.set_end(request.start() + Below(2000));
        if (Below(2) != 0) request.set_limit(static_cast<uint32_t>(Below(100)));
        request.set_chunk_rows(static_cast<uint32_t>(Below(40)));
        if (Below(4) == 0) request.set_max_bytes(static_cast<uint64_t>(Below(5000)) + 1);
        return request;
    }
    // Anything between two keys that are or were there, from either side.
    ScanRange AnyRange(const std::vector<Row>& rows) {
        ScanRange range;
        if (Below(2) == 0) range.time = trades_.Interval(3000);
        if (Below(2) == 0) range.direction = Direction::kBackward;
        if (Below(2) == 0 && !rows.empty()) {
            range.after = rows[static_cast<size_t>(Below(rows.size()))].key;
            if (Below(3) == 0) range.after.back() ^= 1;
        }
        range.bulk = Below(2) == 0;
        return range;
    }
    // One change, the same for each store, which say the same of it.
    void Change(const std::vector<Engine*>& stores) {
        const auto choice = Below(12);
        const model::Interval interval = trades_.Interval(choice == 0 ? 400 : 3000);
        const std::vector<TestEvent> batch = trades_.Batch();
        std::vector<uint64_t> deleted;
        std::vector<std::vector<Verdict>> verdicts;
        for (Engine* const store : stores) {
            if (choice == 0) {
                deleted.push_back(DeleteAll(*store, kPacked, interval));
            } else if (choice == 1) {
                deleted.push_back(ExpireAll(*store, kPacked, interval.from / 4));
            } else if (choice == 2) {
                Claim(*store, {TestClaim{interval}});
            } else {
                verdicts.push_back(Append(*store, batch).events);
            }
        }
        for (const uint64_t count : deleted) EXPECT_EQ(count, deleted.front());
        for (const auto& verdict : verdicts) EXPECT_EQ(verdict, verdicts.front());
    }

    int64_t Below(uint64_t bound) { return trades_.Below(bound); }

  private:
    AnyTrades trades_;
};

class TradeHistoryTest : public ::testing::Test {
  protected:
    void ExpectSame(const Engine& packing, const Engine& reference, AnyHistory& history) {
        ASSERT_EQ(Dump(packing), Dump(reference));
        const std::vector<Row> rows = Rows(reference, kPacked);
        for (int scan = 0; scan < 5; ++scan) {
            const ScanRange range = history.AnyRange(rows);
            ASSERT_EQ(Rows(packing, kPacked, range), Rows(reference, kPacked, range));
        }
        for (int question = 0; question < 5; ++question) {
            pb::QueryEventsRequest request = history.AnyQuestion();
            for (int page = 0; page < 4; ++page) {
                const auto chunks = Chunks({packing, clock_}, request);
                ASSERT_EQ(chunks, Chunks({reference, clock_}, request))
                    << request.ShortDebugString();
                pb::EventChunk last;
                ASSERT_TRUE(last.ParseFromString(chunks.back()));
                if (last.next_cursor().empty()) break;
                request.set_cursor(last.next_cursor());
            }
        }
    }

    const testing::TempDir folder_;
    testing::ManualClock clock_;
};

TEST_F(TradeHistoryTest, AnswersAreThoseOfTheReference) {
    uint64_t packed = 0, unpacked = 0;
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const testing::TempDir folder;
        auto packing = OpenPacking(folder / "store", clock_);
        MemoryEngine reference(clock_);
        AnyHistory history(seed);
        Append(*packing, {TestTrade(1, 1)});
        Append(reference, {TestTrade(1, 1)});
        for (int step = 0; step < 40; ++step) {
            SCOPED_TRACE(step);
            history.Change({packing.get(), &reference});
            if (history.Below(2) == 0) {
                const UpkeepStep done = KeepUp(*packing);
                packed += done.packed_trades;
                unpacked += done.unpacked_blocks;
            }
            if (history.Below(10) == 0) {
                packing.reset();
                packing = OpenPacking(folder / "store", clock_, history.Below(4) != 0);
            }
            ExpectSame(*packing, reference, history);
            if (HasFatalFailure()) return;
        }
    }
    EXPECT_GT(packed, 1000u);
    EXPECT_GT(unpacked, 100u);
}

// A crash leaves a beginning of the log, whatever its length: the store is what it was behind one
// of the changes.
TEST_F(TradeHistoryTest, IsWhatItWasBehindACrashAtAnyMoment) {
    namespace fs = std::filesystem;
    const auto log_of = [](const fs::path& store) {
        fs::path log;
        for (const auto& file : fs::directory_iterator(store)) {
            if (file.path().extension() == ".log" && file.path() > log) log = file.path();
        }
        return log;
    };
    AnyHistory history(77);
    auto engine = OpenPacking(folder_ / "store", clock_);
    std::map<uint64_t, std::string> at;  // size of the log, what is stored then
    at[0] = Dump(*engine);
    Append(*engine, {TestTrade(1, 1)});
    for (int step = 0; step < 60; ++step) {
        at[fs::file_size(log_of(folder_ / "store"))] = Dump(*engine);
        history.Change({engine.get()});
        at[fs::file_size(log_of(folder_ / "store"))] = Dump(*engine);
        KeepUp(*engine);
    }
    fs::copy(folder_ / "store", folder_ / "image", fs::copy_options::recursive);
    engine.reset();
    const fs::path log = log_of(folder_ / "image");
    const auto whole = static_cast<uint64_t>(fs::file_size(log));
    ASSERT_GT(whole, 10'000u);
    uint64_t packed = 0;
    for (int crash = 0; crash < 60; ++crash) {
        const auto size = static_cast<uint64_t>(history.Below(whole));
        SCOPED_TRACE(size);
        const fs::path copy = folder_ / "crashed";
        fs::remove_all(copy);
        fs::copy(folder_ / "image", copy, fs::copy_options::recursive);
        fs::resize_file(copy / log.filename(), size);
        const auto crashed = OpenPacking(copy, clock_);
        const auto next = at.upper_bound(size);
        const std::string now = Dump(*crashed);
        EXPECT_TRUE(now == std::prev(next)->second || (next != at.end() && now == next->second));
        packed += KeepUp(*crashed).packed_trades;
        EXPECT_EQ(Dump(*crashed), now);
        EXPECT_EQ(ByColumns(*crashed), ByEvents(*crashed));
    }
    EXPECT_GT(packed, 0u);
}

TEST_F(TradeHistoryTest, IsTheSameWhileItIsPackedAndRead) {
    const auto engine = OpenPacking(folder_ / "store", clock_);
    MemoryEngine reference(clock_);
    AnyHistory history(5);
    Append(*engine, {TestTrade(1, 1)});
    Append(reference, {TestTrade(1, 1)});
    std::atomic<bool> over{false};
    std::thread packer([&] {
        while (!over) ASSERT_TRUE(engine->Upkeep().ok());
    });
    std::thread reader([&] {
        while (!over) {
            const std::vector<Row> rows = Rows(*engine, kPacked);
            for (size_t i = 1; i < rows.size(); ++i) ASSERT_LT(rows[i - 1].key, rows[i].key);
            ByColumns(*engine);
        }
    });
    for (int step = 0; step < 300; ++step) history.Change({engine.get(), &reference});
    over = true;
    packer.join();
    reader.join();
    EXPECT_EQ(Dump(*engine), Dump(reference));
    KeepUp(*engine);
    ExpectSame(*engine, reference, history);
}

}  // namespace
}  // namespace mp::storage
