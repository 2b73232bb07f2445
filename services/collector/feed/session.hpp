#pragma once
// One WebSocket connection from its opening to its end: subscribes, reads, parses, answers what the
// venue asks. It keeps no state of markets; its owner gets every event. One executor's thread.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "collector/coverage/finding.hpp"
#include "collector/feed/feed_config.hpp"
#include "collector/venues/venue.hpp"
#include "net/websocket_client.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::collector {

class Session;

class SessionOwner {
  public:
    virtual void OnEvent(
        Session& session, InstrumentId instrument, const model::Event& event, const ChainLink* link
    ) = 0;
    virtual void OnSkipped(
        Session& session,
        InstrumentId instrument,
        model::DataType type,
        Nanos order_ts,
        const ChainLink& link
    ) = 0;
    // A message that could not be read, or of which an event could not be believed; once.
    virtual void OnBadMessage(
        Session& session, const ParseResult& result, std::string_view frame
    ) = 0;
    // What of such a message `result` tells is lost.
    virtual void OnLost(Session& session, const ParseResult& result) = 0;
    virtual void OnIgnored(Session& session) = 0;
    virtual void OnConnected(Session& session) = 0;
    virtual void OnAcked(Session& session, const std::string& channel) = 0;
    virtual void OnRefused(Session& session, const std::string& channel, std::string_view why) = 0;
    // The venue is about to close the connection.
    virtual void OnRestartNotice(Session& session) = 0;
    // All messages of one socket read have been handed over.
    virtual void OnBurstEnd(Session& session) = 0;

  protected:
    ~SessionOwner() = default;
};

class Session final : private FrameSink {
  public:
    // Everything outlives it. `name` says in logs and claims which connection it is.
    Session(
        Executor executor,
        const Venue& venue,
        const SymbolTable& symbols,
        SessionConfig config,
        std::string name,
        std::string url,
        SessionOwner& owner
    );

    // Until the connection ends, with the reason; OK after Close().
    Task<Status> Run();

    // Taken up when connected, in chunks and at the pace that the venue wants.
    void Subscribe(std::vector<std::string> channels);
    void Unsubscribe(std::vector<std::string> channels);
    void Close();
    // Ends Run with this reason.
    void Abort(Status why);

    bool connected() const { return socket_.has_value() && !ended_; }
    // Connected, and everything asked for is in force.
    bool complete() const { return connected() && wanted_ > 0 && acked_.size() >= wanted_; }
    bool Acked(const std::string& channel) const { return acked_.contains(channel); }

    // For coverage: remembers how far the venue's clock has come. Call at a steady pace.
    void SampleWatermark(Nanos steady, Nanos slack);
    const Watermark& watermark() const { return watermark_; }

    const std::string& name() const { return name_; }
    Nanos connected_at() const { return connected_at_; }              // steady; 0: not yet
    Nanos last_received() const { return watermark_.last_received; }  // wall
    // Changes whenever the venue shows that it lives, beside data.
    uint64_t signs_of_life() const;
    // Receive time of the burst being handed over, on the steady clock.
    Nanos burst_steady() const { return burst_steady_; }

    // The owner's mark: Run has returned.
    void MarkEnded(Status why) {
        ended_ = true;
        end_ = std::move(why);
    }
    bool ended() const { return ended_; }
    const Status& end() const { return end_; }

  private:
    struct Request {
        bool subscribe = true;
        std::vector<std::string> channels;
        std::string text;   // instead of channels: sent as it is
        bool ping = false;  // instead of both: a ping of the protocol
    };
    struct Pending {
        Request request;
        Nanos sent_steady = 0;
    };

    Task<Status> Read();
    Task<Status> Write();
    Task<Status> LogIn();
    Task<Status> Keep();
    void PingIfDue(Nanos steady);
    void RenewLoginIfDue(Nanos steady);
    Status CheckAcks(Nanos steady) const;
    Status CheckRenewal(Nanos steady) const;
    void OnLoggedIn(const Notice& notice);
    void OnRefused(const Notice& notice);
    void Take(const net::WebSocketBatch& batch);
    void Queue(bool subscribe, std::vector<std::string> channels);
    Request TakeRequest();
    Task<Status> Send(Request request);
    std::string FrameOf(Request& request);
    void Report(const ParseResult& result);
    bool TurnsAway(InstrumentId instrument, model::DataType type, Nanos time);
    void AdvanceVenueTime(Nanos time);

    void OnEvent(InstrumentId instrument, const model::Event& event, const ChainLink* link)
        override;
    void OnSkipped(
        InstrumentId instrument, model::DataType type, Nanos order_ts, const ChainLink& link
    ) override;
    void OnNotice(const Notice& notice) override;
    void Answered(const Notice& notice);
    void Acknowledge(const Request& request);
    void Refuse(Request request, std::string_view why);

    Executor executor_;
    const Venue& venue_;
    const SessionConfig config_;
    const std::string name_;
    const std::string url_;
    SessionOwner& owner_;
    std::unique_ptr<FrameParser> parser_;
    std::optional<net::WebSocket> socket_;
    runtime::Condition changed_;

    std::deque<Request> outgoing_;
    std::map<uint64_t, Pending> pending_;
    uint64_t next_id_ = 1;
    size_t wanted_ = 0;  // channels asked for and not refused
    std::set<std::string, std::less<>> acked_;

    uint64_t notices_ = 0;
    bool closing_ = false;
    bool logging_in_ = false;
    std::optional<std::string> login_refusal_;
    Nanos renew_at_ = 0;        // steady: when the login is asked for again; 0: never
    Nanos renewing_since_ = 0;  // steady; 0: no renewal is under way
    Nanos last_ping_ = 0;       // steady
    std::optional<Status> abort_;
    bool ended_ = false;
    Status end_;
    Nanos connected_at_ = 0;
    Nanos burst_steady_ = 0;
    std::optional<Nanos> recorded_now_;  // what a replayed session's clock says

    std::string_view frame_;                       // being parsed
    Nanos received_ = 0;                           // ... when it was received
    bool bad_ = false;                             // ... the owner has been told that it is bad
    Nanos venue_time_ = 0;                         // newest seen
    Nanos leapt_to_ = 0;                           // far beyond it, not confirmed yet
    std::deque<std::pair<Nanos, Nanos>> samples_;  // steady, venue time
    Watermark watermark_;
};

}  // namespace mp::collector
