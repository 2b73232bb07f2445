#pragma once
// One place in the pool: a set of streams that is always carried by some connection. Reconnects for
// ever, replaces a connection before the venue cuts it (the new one carries everything before the
// old one goes), and ends one that has fallen silent. One executor's thread.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "collector/feed/session.hpp"
#include "reliability/backoff.hpp"
#include "reliability/watchdog.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"
#include "runtime/task_group.hpp"

namespace mp::collector {

class Link;

// What happens to the streams of a link, whichever connection carries them.
class LinkOwner {
  public:
    virtual void OnEvent(
        Link& link,
        Session& session,
        InstrumentId instrument,
        const model::Event& event,
        const ChainLink* chain
    ) = 0;
    virtual void OnSkipped(
        Link& link,
        Session& session,
        InstrumentId instrument,
        model::DataType type,
        Nanos order_ts,
        const ChainLink& chain
    ) = 0;
    virtual void OnBadMessage(Link& link, const ParseResult& result, std::string_view frame) = 0;
    // What of a bad message `result` tells is lost: it came on the connection that counts.
    virtual void OnLost(Link& link, const ParseResult& result) = 0;
    virtual void OnIgnored(Link& link) = 0;
    // The stream flows, on the connection that counts.
    virtual void OnFlowing(Link& link, const std::string& channel) = 0;
    virtual void OnRefused(Link& link, const std::string& channel, std::string_view why) = 0;
    // Another connection counts from now on; nothing was missed.
    virtual void OnReplaced(Link& link) = 0;
    // The one that was to count has ended, with `reason` as below; the old one goes on.
    virtual void OnReplacementGone(Link& link, std::string_view reason) = 0;
    // Nothing flows any more; `reason` is one of finding.hpp.
    virtual void OnBroken(Link& link, std::string_view reason, const Watermark& mark) = 0;
    virtual void OnStateChanged(Link& link) = 0;
    virtual void OnBurstEnd(Link& link) = 0;
    // The watchdog suspects one stream alone.
    virtual void OnSilent(Link& link, reliability::Watchdog::Channel channel) = 0;

  protected:
    ~LinkOwner() = default;
};

class Link final : private SessionOwner {
  public:
    // Everything outlives it.
    Link(
        Executor executor,
        const Venue& venue,
        const SymbolTable& symbols,
        LinkConfig config,
        std::string name,
        std::string endpoint,
        LinkOwner& owner
    );

    // Until closed.
    Task<Status> Run();
    // Carries nothing any more.
    void Close() { closed_.Set(); }
    bool closed() const { return closed_.IsSet(); }
    // Run has returned after Close.
    bool ended() const { return ended_; }

    void Add(const std::vector<std::string>& channels);
    void Remove(const std::vector<std::string>& channels);
    // Asks for a stream anew, on the same connection.
    void Resubscribe(const std::vector<std::string>& channels);

    const std::string& name() const { return name_; }
    const std::string& endpoint() const { return endpoint_; }
    size_t size() const { return channels_.size(); }
    bool connected() const { return primary_ && primary_->connected(); }
    // Connected and subscribed to everything.
    bool complete() const { return primary_ && primary_->complete(); }
    bool Flows(const std::string& channel) const { return connected() && primary_->Acked(channel); }
    // Whether it vouches for the streams; others carry them beside it, to take over or to go.
    bool Counts(const Session& session) const { return &session == primary_.get(); }
    // Of the connection that vouches for the streams.
    const Watermark& watermark() const;
    void SampleWatermark(Nanos steady, Nanos slack);
    reliability::Watchdog& watchdog() { return watchdog_; }

  private:
    std::unique_ptr<Session> Open();
    Task<Status> RunSession(Session& session);
    Task<Status> Supervise();
    Task<Status> UntilClosed();
    Task<> UntilBroken();
    Task<Status> Watch();
    bool AtWrongAddress(Nanos steady) const;
    void CheckReplacement(Nanos steady);
    void Promote();
    void Retire(std::unique_ptr<Session> session);
    bool ReplacementDue(Nanos steady) const;

    void OnEvent(
        Session& session, InstrumentId instrument, const model::Event& event, const ChainLink* link
    ) override;
    void OnSkipped(
        Session& session,
        InstrumentId instrument,
        model::DataType type,
        Nanos order_ts,
        const ChainLink& link
    ) override;
    void OnBadMessage(Session& session, const ParseResult& result, std::string_view frame) override;
    void OnLost(Session& session, const ParseResult& result) override;
    void OnIgnored(Session& session) override;
    void OnConnected(Session& session) override;
    void OnAcked(Session& session, const std::string& channel) override;
    void OnRefused(Session& session, const std::string& channel, std::string_view why) override;
    void OnRestartNotice(Session& session) override;
    void OnBurstEnd(Session& session) override;

    Executor executor_;
    const Venue& venue_;
    const SymbolTable& symbols_;
    const LinkConfig config_;
    const std::string name_;
    const std::string endpoint_;
    LinkOwner& owner_;
    std::set<std::string> channels_;
    uint64_t opened_ = 0;                   // connections so far, for names
    std::unique_ptr<Session> primary_;      // the one that counts
    std::unique_ptr<Session> replacement_;  // being made ready to take over
    std::vector<std::unique_ptr<Session>> retired_;
    Nanos replacement_complete_at_ = 0;  // steady; 0: not yet
    Nanos next_replacement_ = 0;         // steady: not before
    bool restart_announced_ = false;
    uint64_t seen_signs_ = 0;
    size_t url_ = 0;          // which of the venue's for the endpoint
    bool delivered_ = false;  // the primary connection gave an event
    reliability::Backoff backoff_;
    reliability::Watchdog watchdog_;
    runtime::Condition changed_;
    runtime::Event closed_;
    bool ended_ = false;
    runtime::TaskGroup sessions_;
};

}  // namespace mp::collector
