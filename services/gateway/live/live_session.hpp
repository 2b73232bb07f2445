#pragma once
// What one subscriber is sent: history from a time or a token on, then what comes live, with
// neither hole nor double at the seam. One io_context thread; what it references outlives it.
//
// Each subject has a lane. A lane that starts behind the shared feed catches up with a private feed
// first and joins the shared one at the moment where both stand at the same place. A subscription
// that begins in the past scans the store up to its ack floor and lets its lanes start behind that
// floor; what the scan already gave is dropped by identity.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "gateway/live/fanout.hpp"
#include "gateway/live/live_queue.hpp"
#include "gateway/live/position.hpp"
#include "gateway/live/recent_identities.hpp"
#include "gateway/query/history.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

struct LiveRequest {
    std::vector<model::Series> series;
    SlowPolicy policy = SlowPolicy::kDisconnect;
    std::optional<Nanos> from;
    std::string token;  // empty: none
};

// An event as the client gets it. `bytes` live as long as the output.
struct LiveRow {
    const model::Instrument* instrument;
    std::string_view bytes;
    model::DataType type = model::DataType::kUnspecified;
    Nanos received_ts = 0;
    std::string token;  // behind this event; filled on request
};

struct LiveGap {
    model::DataType type;
    std::string subject;
    std::string reason;
};

class LiveOutput {
  public:
    std::vector<LiveRow> rows;
    std::vector<LiveGap> gaps;
    std::string token;  // behind the last row
    uint64_t lagged = 0;
    bool live = false;  // history is done

  private:
    friend class LiveSession;
    std::vector<QueuedEvent> events_;  // what rows look into
    std::string chunk_;
    wire::BatchReader reader_;
};

class LiveSession final : public LiveSink {
  public:
    LiveSession(
        Fanout& fanout,
        History& history,
        const TokenSigner& signer,
        LiveRequest request,
        size_t queue_capacity
    );
    ~LiveSession() override;

    // Checks the request and finds the starting places. InvalidArgument names what is wrong.
    Task<Status> Start(Deadline deadline);

    // Waits for the next piece: at most `limit` rows. An empty output: nothing came in time.
    // ResourceExhausted once the client was too slow: the last token resumes. `row_tokens`: a token
    // a row, not only behind the last one.
    Task<Status> Next(LiveOutput& out, size_t limit, bool row_tokens, Deadline deadline);

    // Runs when the session goes away.
    void OnEnd(std::function<void()> ended) { ended_ = std::move(ended); }

    void OnEvent(const LiveEvent& event, uint32_t subject, model::DataType type) override;
    void OnHole(const bus::Hole& hole, uint32_t subject) override;

  private:
    struct Lane {
        std::string subject;
        model::DataType type = model::DataType::kUnspecified;
        std::vector<model::Instrument> instruments;
        Position position;           // behind the last event handed to the client
        uint64_t next = 0;           // where reading goes on
        std::shared_ptr<Feed> feed;  // null while paused
        bool shared = false;
    };

    Task<Status> PlaceByToken(const Fanout::Stream& stream);
    Task<Status> PlaceBehindFloor(const Fanout::Stream& stream, Nanos from, Deadline deadline);
    void Attach(Lane& lane);
    void Detach(Lane& lane);
    void Advance();  // private lanes: pause, go on, join

    Task<Status> NextHistory(LiveOutput& out);
    Task<Status> NextLive(LiveOutput& out, size_t limit, bool row_tokens, Deadline deadline);
    // False: this subscriber already had it.
    bool Remember(const model::Series& series, std::string_view event);
    // The row of an event that is about to be handed out; the session then stands behind it.
    LiveRow RowOf(const QueuedEvent& event);
    std::string Sign() const;

    Fanout& fanout_;
    History& history_;
    const TokenSigner& signer_;
    const LiveRequest request_;
    const size_t capacity_;
    LiveQueue queue_;
    Token token_;
    uint64_t horizon_ = 0;  // the stream's last sequence at the start
    std::unordered_map<uint32_t, Lane> lanes_;
    std::deque<model::Series> to_scan_;  // history still to be read
    std::optional<Nanos> scan_from_;
    std::optional<EventStream> scan_;
    // Only of subscriptions that begin in the past: what came from the scan or a private feed may
    // come again from a shared one.
    std::unordered_map<model::Series, RecentIdentities> given_;
    bool begins_in_past_ = false;
    std::vector<LiveGap> gaps_;
    bool live_announced_ = false;
    std::function<void()> ended_;
};

}  // namespace mp::gateway
