#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange-sim/evidence_log.hpp"
#include "exchange-sim/faults.hpp"
#include "exchange-sim/frame.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/signal.hpp"
#include "exchange-sim/ws_session.hpp"

namespace mp::sim {

// The only way for a market message out of the simulator: writes the evidence, applies faults, then
// hands the frame to everybody who listens. One thread.
class Outlet {
  public:
    Outlet(boost::asio::io_context& io, Hub& hub, EvidenceLog& log);

    // Messages that nobody listens to are not sent, not numbered and not logged. False where a
    // silence is in force and the caller `can_wait`: it offers the same frame again afterwards.
    bool Publish(const Frame& frame, bool can_wait = false);

    // A frame for one connection alone: what a new subscription begins with.
    void SendTo(WsSession& session, const Frame& frame);

    void AddFault(Fault fault);
    FaultPlan& faults() { return faults_; }
    // A silence in force for everything; a replay holds still instead of losing what it would send.
    std::optional<Signal::TimePoint> silent_until() const;

    std::uint64_t sent() const { return number_ - withheld_; }
    std::uint64_t withheld() const { return withheld_; }

    void Join(std::shared_ptr<WsSession> session);
    void Leave(WsSession& session);
    std::size_t connections() const { return sessions_.size(); }
    const std::map<std::uint64_t, std::shared_ptr<WsSession>>& sessions() const {
        return sessions_;
    }

    // Until every client of now has read all that was sent to it so far, or is gone. Those that
    // have not at the deadline.
    boost::asio::awaitable<std::vector<std::uint64_t>> AwaitReaders(Signal::TimePoint deadline);

    // The largest number of unsent bytes of any connection, and news of what clients have taken.
    std::size_t Backlog() const;
    Signal& progress() { return progress_; }

    // Has the exchange send the whole book of a stream again.
    std::function<void(std::uint32_t stream)> resend;
    // Has it number the stream's next update anew.
    std::function<void(std::uint32_t stream)> restart_ids;

  private:
    struct Silence {
        Fault fault;
        Signal::TimePoint until;
    };

    bool ApplyFaults(const Frame& frame, bool can_wait);
    void ApplyImmediate(const Fault& fault);
    void Cut(const Fault& fault);
    void Announce(const Fault& fault);
    void SendErrors();
    void Spoil(const Frame& frame);
    bool Silenced(const Frame& frame);
    void SendGarbage(const Fault& fault, const Frame& frame);
    void Deliver(const Frame& frame, std::string_view what);
    void Withhold(const Frame& frame);

    boost::asio::io_context& io_;
    Hub& hub_;
    EvidenceLog& log_;
    FaultPlan faults_;
    std::vector<Silence> silences_;
    std::map<std::uint32_t, StoredFrame> held_back_;  // by stream, for reorder
    std::map<std::uint64_t, std::shared_ptr<WsSession>> sessions_;
    std::uint64_t number_ = 0;
    std::uint64_t withheld_ = 0;
    Signal progress_;
};

}  // namespace mp::sim
