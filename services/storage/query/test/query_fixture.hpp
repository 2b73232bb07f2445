#pragma once
// Test only: a store in memory with a clock, requests that are easy to write, answers taken apart.

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "storage/query/query_context.hpp"
#include "testing/manual_clock.hpp"
#include "wire/convert.hpp"

namespace mp::storage {

class QueryTest : public ::testing::Test {
  protected:
    QueryContext context() {
        return {engine_, clock_, [this] { return settled_; }};
    }

    static pb::Instrument Instrument(std::string_view symbol = "BTC-USDT") {
        pb::Instrument out;
        wire::ToProto(TestInstrument(symbol), out);
        return out;
    }

    // All chunks of an answer, merged into one message; how many there were.
    template <class Query, class Request>
    Result<pb::EventChunk> Collect(const Request& request) {
        auto query = Query::Make(context(), request);
        if (!query.ok()) return query.status();
        pb::EventChunk all;
        chunks_ = 0;
        for (bool last = false; !last;) {
            const Result<Chunk> chunk = (*query)->Next();
            if (!chunk.ok()) return chunk.status();
            last = chunk->last;
            between_chunks_(**query);
            pb::EventChunk part;
            EXPECT_TRUE(part.ParseFromString(chunk->bytes));
            ++chunks_;
            all.MergeFrom(part);
        }
        return all;
    }

    template <class Response, class Query, class Request>
    Result<Response> Answer(const Request& request) {
        auto query = Query::Make(context(), request);
        if (!query.ok()) return query.status();
        for (bool done = false; !done;) {
            const Result<bool> step = (*query)->Step();
            if (!step.ok()) return step.status();
            done = *step;
        }
        return (*query)->Answer();
    }

    static std::string GapsOf(const pb::CoverageReport& report) {
        if (report.complete()) return "complete";
        std::string text;
        for (const pb::Gap& gap : report.gaps()) {
            if (!text.empty()) text += ", ";
            text += std::to_string(gap.from_ts()) + "-" + std::to_string(gap.to_ts()) + " " +
                    gap.reason();
        }
        return text;
    }

    testing::ManualClock clock_{1000};
    MemoryEngine engine_{clock_};
    bool settled_ = true;
    int chunks_ = 0;
    std::function<void(ChunkSource&)> between_chunks_ = [](ChunkSource&) {};
};

}  // namespace mp::storage
