#include "exchange-sim/outlet.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "exchange-sim/garbage.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/venue.hpp"

namespace mp::sim {
namespace {

using Kind = Fault::Kind;
using Clock = std::chrono::steady_clock;

std::chrono::milliseconds Duration(double seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

// Ends early when the connection does, so that nothing outlives a stop.
boost::asio::awaitable<void> CloseLater(
    std::shared_ptr<WsSession> session, Signal& progress, Clock::time_point when
) {
    while (session->open() && Clock::now() < when) co_await progress.Wait(when);
    session->Close(1001, "");
}

}  // namespace

Outlet::Outlet(boost::asio::io_context& io, Hub& hub, EvidenceLog& log)
    : io_(io), hub_(hub), log_(log), progress_(io) {}

bool Outlet::Publish(const Frame& frame, bool can_wait) {
    if (!hub_.HasSubscribers(frame.stream)) return true;
    ++number_;
    if (!faults_.quiet() || !silences_.empty() || !held_back_.empty()) {
        return ApplyFaults(frame, can_wait);
    }
    Deliver(frame, "sent");
    return true;
}

void Outlet::SendTo(WsSession& session, const Frame& frame) {
    if (!session.open()) return;
    ++number_;
    if (Silenced(frame) || faults_.Take(Kind::kNoSnapshot, frame)) return Withhold(frame);
    hub_.CountSent(frame.stream);
    log_.Market("sent", session.id(), session.NextNumber(), frame);
    session.Send(frame);
}

bool Outlet::ApplyFaults(const Frame& frame, bool can_wait) {
    if (faults_.Activate(number_) > 0) {
        for (const Fault& fault : faults_.TakeImmediate()) ApplyImmediate(fault);
    }
    if (can_wait && silent_until()) {
        --number_;
        return false;
    }
    const bool cut = !hub_.HasSubscribers(frame.stream);
    if (cut || Silenced(frame) || faults_.Take(Kind::kDropDelta, frame) ||
        faults_.Take(Kind::kDrop, frame)) {
        Withhold(frame);
        return true;
    }
    if (const auto garbage = faults_.Take(Kind::kGarbage, frame)) SendGarbage(*garbage, frame);
    if (!held_back_.contains(frame.stream) && faults_.Take(Kind::kReorder, frame)) {
        held_back_.emplace(frame.stream, StoredFrame(frame));
        return true;
    }
    if (faults_.Take(Kind::kBadChecksum, frame)) {
        Spoil(frame);
    } else {
        Deliver(frame, "sent");
    }
    // Later, since whoever publishes is in the midst of it.
    if (resend && faults_.Take(Kind::kResnapshot, frame)) {
        boost::asio::post(io_, [this, stream = frame.stream] { resend(stream); });
    }
    if (restart_ids && faults_.Take(Kind::kIdReset, frame)) {
        boost::asio::post(io_, [this, stream = frame.stream] { restart_ids(stream); });
    }
    if (faults_.Take(Kind::kDuplicate, frame)) Deliver(frame, "duplicated");
    if (auto held = held_back_.extract(frame.stream)) Deliver(held.mapped().view(), "reordered");
    return true;
}

void Outlet::AddFault(Fault fault) {
    log_.Note("fault", std::string(",\"kind\":\"").append(FaultName(fault.kind)).append("\""));
    faults_.Add(std::move(fault));
    if (faults_.Activate(number_) == 0) return;
    for (const Fault& due : faults_.TakeImmediate()) ApplyImmediate(due);
}

void Outlet::ApplyImmediate(const Fault& fault) {
    if (fault.kind == Kind::kCut) {
        Cut(fault);
    } else if (fault.kind == Kind::kSilent) {
        silences_.push_back({fault, Clock::now() + Duration(fault.seconds)});
    } else if (fault.kind == Kind::kErrorFrame) {
        SendErrors();
    } else {
        Announce(fault);
    }
    progress_.Notify();
}

void Outlet::Cut(const Fault& fault) {
    const auto sessions = sessions_;
    for (const auto& [id, session] : sessions) {
        bool hit = fault.stream.empty() && fault.symbol.empty();
        for (const std::uint32_t stream : session->streams) {
            const std::string_view name = hub_.Name(stream);
            hit = hit || (!fault.stream.empty() && name == fault.stream) ||
                  (!fault.symbol.empty() && (hub_.Symbol(stream) == fault.symbol ||
                                             name.starts_with(Lower(fault.symbol) + "@")));
        }
        if (hit) session->Cut("fault", fault.variant == "reset");
    }
}

void Outlet::Announce(const Fault& fault) {
    for (const auto& [id, session] : sessions_) {
        const std::string notice = session->venue->ShutdownNotice(*session);
        if (!notice.empty()) session->SendText(notice);
        if (fault.seconds <= 0) continue;
        boost::asio::co_spawn(
            io_,
            CloseLater(session, progress_, Clock::now() + Duration(fault.seconds)),
            boost::asio::detached
        );
    }
}

void Outlet::SendErrors() {
    for (const auto& [id, session] : sessions_) {
        const std::string text = session->venue->StrayError();
        if (!text.empty()) session->SendText(text);
    }
}

void Outlet::Spoil(const Frame& frame) {
    const std::string text = WithWrongChecksum(frame);
    Frame spoiled = frame;
    if (!text.empty()) {
        spoiled.wrapped = text;
        spoiled.payload_size += static_cast<std::uint32_t>(text.size() - frame.wrapped.size());
    }
    Deliver(spoiled, text.empty() ? "sent" : "spoiled");
}

std::optional<Signal::TimePoint> Outlet::silent_until() const {
    for (const Silence& silence : silences_) {
        if (silence.fault.symbol.empty() && silence.fault.stream.empty() &&
            silence.until > Clock::now()) {
            return silence.until;
        }
    }
    return std::nullopt;
}

bool Outlet::Silenced(const Frame& frame) {
    const auto now = Clock::now();
    std::erase_if(silences_, [now](const Silence& silence) { return silence.until <= now; });
    return std::ranges::any_of(silences_, [&frame](const Silence& silence) {
        return silence.fault.Matches(frame);
    });
}

void Outlet::SendGarbage(const Fault& fault, const Frame& frame) {
    std::vector<std::string_view> variants{fault.variant};
    if (fault.variant.empty() || fault.variant == "all") variants = GarbageVariants();
    for (WsSession* session : hub_.Subscribers(frame.stream)) {
        for (const std::string_view variant : variants) {
            const Garbage garbage = MakeGarbage(variant, frame, session->wrapped);
            log_.Garbage(session->id(), session->NextNumber(), frame, variant, garbage.bytes);
            session->SendGarbage(
                garbage.bytes, garbage.binary ? WsOpcode::kBinary : WsOpcode::kText
            );
        }
    }
}

void Outlet::Deliver(const Frame& frame, std::string_view what) {
    hub_.CountSent(frame.stream);
    const auto& subscribers = hub_.Subscribers(frame.stream);
    for (std::size_t i = 0; i < subscribers.size();) {
        WsSession* session = subscribers[i];
        log_.Market(what, session->id(), session->NextNumber(), frame);
        session->Send(frame);
        // A slow reader is cut inside Send() and leaves the list.
        if (i < subscribers.size() && subscribers[i] == session) ++i;
    }
}

void Outlet::Withhold(const Frame& frame) {
    ++withheld_;
    log_.Market("withheld", 0, 0, frame);
}

void Outlet::Join(std::shared_ptr<WsSession> session) {
    session->OnProgress([this] { progress_.Notify(); });
    sessions_.emplace(session->id(), std::move(session));
}

void Outlet::Leave(WsSession& session) {
    sessions_.erase(session.id());
    progress_.Notify();
}

boost::asio::awaitable<std::vector<std::uint64_t>> Outlet::AwaitReaders(Signal::TimePoint deadline
) {
    std::vector<std::pair<std::shared_ptr<WsSession>, std::uint64_t>> waiting;
    for (const auto& [id, session] : sessions_) waiting.emplace_back(session, session->Probe());
    for (;;) {
        std::erase_if(waiting, [](const auto& each) { return each.first->Answered(each.second); });
        if (waiting.empty() || Clock::now() >= deadline) break;
        co_await progress_.Wait(deadline);
    }
    std::vector<std::uint64_t> ids;
    ids.reserve(waiting.size());
    for (const auto& [session, probe] : waiting) ids.push_back(session->id());
    co_return ids;
}

std::size_t Outlet::Backlog() const {
    std::size_t largest = 0;
    for (const auto& [id, session] : sessions_) largest = std::max(largest, session->backlog());
    return largest;
}

}  // namespace mp::sim
