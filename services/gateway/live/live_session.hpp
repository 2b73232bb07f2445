#pragma once
// What one subscriber is sent: history from a time or a token on, then what comes live, with
// neither hole nor double at the seam. One io_context thread; what it references outlives it.
//
// Each subject has a lane. A lane that starts behind the shared feed catches up with a private feed
// first and joins the shared one at the moment where both stand at the same place; a private feed
// stops where the queue is full and goes on when there is room. A subscription that begins in the
// past scans the store up to its ack floor and lets its lanes start behind that floor; what the
// scan already gave is dropped by identity. What the bus has forgotten meanwhile is scanned again
// from where every series stands. The coverage of the instruments has lanes too: a gap of a
// subscribed series is passed on as one.
//
// The token behind a row says where every lane stands and how far every series has come. While
// history is read, and until the lanes have passed what it may have shown already, only the latter
// counts: a resumed subscription then asks the store again, from each series' mark on.
//
// In three parts: live_session.cpp begins and begins again, live_lanes.cpp reads the bus,
// live_rows.cpp hands out.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "gateway/live/fanout.hpp"
#include "gateway/live/history_scan.hpp"
#include "gateway/live/lane.hpp"
#include "gateway/live/live_output.hpp"
#include "gateway/live/live_queue.hpp"
#include "gateway/live/position.hpp"
#include "gateway/query/history.hpp"
#include "runtime/task.hpp"
#include "telemetry/metrics.hpp"
#include "wire/event_codec.hpp"

namespace mp::gateway {

class LiveSession final : public LiveSink {
  public:
    // Rows of a subscription to more series have no token of their own: it says where each stands.
    static constexpr size_t kRowTokenSeries = 16;

    // Of all sessions together.
    struct Counters {
        telemetry::Counter overflows;  // sessions that ended because their queue was full
        telemetry::Counter conflated;  // events that newer ones replaced
    };

    LiveSession(
        Fanout& fanout,
        History& history,
        const TokenSigner& signer,
        LiveRequest request,
        QueueBounds bounds,
        Counters counters,
        const Clock& clock = DefaultClock()
    );
    ~LiveSession() override;

    // Checks the request and finds the starting places. InvalidArgument names what is wrong.
    Task<Status> Start(Deadline deadline);

    // Waits for the next piece: at most `limit` rows. An empty output: nothing came in time.
    // ResourceExhausted once the client was too slow: the last token resumes. `row_tokens`: a token
    // a row (of up to kRowTokenSeries series), not only behind the last one.
    Task<Status> Next(LiveOutput& out, size_t limit, bool row_tokens, Deadline deadline);

    // The newest message of the stream of which something was handed out live; 0: none. Begins
    // again with a stream that was made anew.
    uint64_t handed() const { return handed_; }

    // Events that wait for Next.
    size_t waiting() const { return queue_.size(); }

    // Runs when the session goes away.
    void OnEnd(std::function<void()> ended) { ended_ = std::move(ended); }

    void OnEvent(const LiveEvent& event, uint32_t subject, model::DataType type) override;
    void OnHole(const bus::Hole& hole, uint32_t subject) override;

  private:
    // Beginning, and beginning again.
    void AddLane(const model::Series& series, uint32_t shards, bool wanted);
    Task<Status> StartByToken(const Fanout::Stream& stream, Deadline deadline);
    bool PlaceByToken(const Token& token, const Fanout::Stream& stream);
    Task<Status> EnterHistory(Fanout::Stream stream, Deadline deadline);
    Task<Status> LeaveHistory();
    Task<Status> Restart();

    // Reading the bus.
    void Attach(Lane& lane);
    void Detach(Lane& lane);
    void Pause(Lane& lane, Position before);
    void Advance();  // private lanes: go on, join
    Lane& LaneOf(const model::Series& series);
    bool Wants(const model::Instrument& instrument, model::DataType type) const;
    // The gap of a wanted series that a coverage event tells of.
    std::optional<LiveGap> GapOf(const LiveEvent& event);
    // False: this subscriber already had it.
    bool Remember(Lane& lane, const LiveEvent& event);
    void AddHole(const Lane& lane, std::string_view reason);

    // Handing out.
    Task<Status> NextHistory(LiveOutput& out, bool row_tokens);
    bool AddScanned(const LiveRow& row, Lane& lane, Lane::Member& member, LiveOutput& out);
    Status AddScannedGaps(const model::Series& series, const SeriesMark& mark, LiveOutput& out);
    Task<Status> NextLive(LiveOutput& out, size_t limit, bool row_tokens, Deadline deadline);
    void Hand(const QueuedEvent& event, std::optional<Position> safe, LiveOutput& out);
    std::vector<std::optional<Position>> SafePlaces(const std::vector<QueuedEvent>& events) const;
    void Settle();  // everything that was queued is handed out
    std::string Sign() const { return signer_.Sign(token_); }

    Fanout& fanout_;
    History& history_;
    const TokenSigner& signer_;
    const LiveRequest request_;
    const Counters counters_;
    const Clock& clock_;
    LiveQueue queue_;
    Token token_;
    uint64_t horizon_ = 0;  // the stream's last sequence when the lanes were placed
    uint64_t handed_ = 0;
    uint64_t seam_ = 0;  // what history gave comes again up to here
    std::unordered_map<uint32_t, Lane> lanes_;
    std::unordered_set<model::Series> wanted_;
    std::optional<HistoryScan> scan_;
    std::vector<LiveGap> gaps_;
    bool restart_ = false;  // the stream is not what it was, or does not hold all any more
    bool live_announced_ = false;
    std::function<void()> ended_;
    wire::EventDecoder decoder_;
    std::string identity_;  // scratch
};

}  // namespace mp::gateway
