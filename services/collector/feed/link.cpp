#include "collector/feed/link.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/time.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"collector.feed"};

// The first retry comes at once, later ones by the backoff.
constexpr Duration kFirstRetry = 50ms;
// A connection that carried everything for this long was a success.
constexpr Nanos kProven = 10 * kSecond;
constexpr Nanos kReplacementRetry = 30 * kSecond;
constexpr size_t kMaxSessions = 8;
constexpr size_t kMaxDoublings = 7;

std::string_view ReasonOf(const Status& end) {
    return absl::IsAborted(end) ? gap_reason::kSilence : gap_reason::kDisconnected;
}

}  // namespace

Link::Link(
    Executor executor,
    const Venue& venue,
    const SymbolTable& symbols,
    LinkConfig config,
    std::string name,
    std::string endpoint,
    LinkOwner& owner
)
    : executor_(executor),
      venue_(venue),
      symbols_(symbols),
      config_(config),
      name_(std::move(name)),
      endpoint_(std::move(endpoint)),
      owner_(owner),
      backoff_(config.reconnect),
      watchdog_(config.watchdog, DefaultClock().Steady()),
      sessions_(executor, kMaxSessions) {}

Task<Status> Link::Run() {
    const Status end =
        co_await runtime::FirstOf(Supervise(), Watch(), UntilClosed(), sessions_.Wait());
    ended_ = closed();
    primary_.reset();
    replacement_.reset();
    retired_.clear();
    co_return end;
}

Task<Status> Link::UntilClosed() {
    co_await closed_.Wait();
    co_return OkStatus();
}

Task<Status> Link::Supervise() {
    for (;;) {
        if (!primary_) {
            primary_ = Open();
            delivered_ = false;
        }
        co_await UntilBroken();
        const Status end = primary_->end();
        const Nanos lived =
            primary_->connected_at() == 0 ? 0 : DefaultClock().Steady() - primary_->connected_at();
        kLog.Warn("connection ended", {{"connection", primary_->name()}, {"reason", end}});
        if (replacement_ && replacement_->complete()) {
            Promote();
            continue;
        }
        owner_.OnBroken(*this, ReasonOf(end), primary_->watermark());
        // A connection that gives nothing may be at the wrong address of several.
        if (!delivered_) ++url_;
        primary_.reset();
        owner_.OnStateChanged(*this);
        if (lived > kProven) backoff_.Reset();
        const bool first = backoff_.failures() == 0;
        const Duration wait = backoff_.Next();
        co_await runtime::Sleep(first ? std::min(wait, kFirstRetry) : wait);
    }
}

std::unique_ptr<Session> Link::Open() {
    SessionOwner& owner = *this;
    const std::vector<std::string> urls = venue_.UrlsOf(endpoint_);
    auto session = std::make_unique<Session>(
        executor_,
        venue_,
        symbols_,
        config_.session,
        fmt::format("{}#{}", name_, ++opened_),
        urls[url_ % urls.size()],
        owner
    );
    session->Subscribe({channels_.begin(), channels_.end()});
    const Status spawned = sessions_.Spawn(RunSession(*session));
    if (!spawned.ok()) session->MarkEnded(spawned);
    return session;
}

Task<Status> Link::RunSession(Session& session) {
    Status end = co_await session.Run();
    session.MarkEnded(std::move(end));
    changed_.NotifyAll();
    co_return OkStatus();
}

Task<> Link::UntilBroken() {
    while (!primary_->ended()) {
        std::erase_if(retired_, [](const auto& session) { return session->ended(); });
        co_await changed_.Wait(Deadline::After(1s));
        CheckReplacement(DefaultClock().Steady());
    }
}

bool Link::ReplacementDue(Nanos steady) const {
    if (!primary_->complete() || steady < next_replacement_) return false;
    const Duration life = venue_.habits().connection_life;
    const bool old = life.count() > 0 &&
                     steady - primary_->connected_at() > (life - config_.replace_before).count();
    return restart_announced_ || old;
}

void Link::CheckReplacement(Nanos steady) {
    if (primary_->ended()) return;
    if (!replacement_) {
        if (ReplacementDue(steady)) replacement_ = Open();
        return;
    }
    if (replacement_->ended()) {
        kLog.Warn(
            "replacement failed",
            {{"connection", replacement_->name()}, {"reason", replacement_->end()}}
        );
        const std::string_view reason = ReasonOf(replacement_->end());
        replacement_.reset();
        replacement_complete_at_ = 0;
        next_replacement_ = steady + kReplacementRetry;
        owner_.OnReplacementGone(*this, reason);
    } else if (!replacement_->complete()) {
        replacement_complete_at_ = 0;
    } else if (replacement_complete_at_ == 0) {
        replacement_complete_at_ = steady;
    } else if (steady - replacement_complete_at_ >= config_.overlap.count()) {
        Promote();
    }
}

// The replacement takes over; nothing was missed, so nobody is told of a break.
void Link::Promote() {
    kLog.Info("connection replaced", {{"old", primary_->name()}, {"new", replacement_->name()}});
    Retire(std::move(primary_));
    primary_ = std::move(replacement_);
    replacement_complete_at_ = 0;
    restart_announced_ = false;
    seen_signs_ = 0;
    watchdog_.OnConnected(DefaultClock().Steady());
    owner_.OnReplaced(*this);
    for (const std::string& channel : channels_) {
        if (primary_->Acked(channel)) owner_.OnFlowing(*this, channel);
    }
    owner_.OnStateChanged(*this);
}

void Link::Retire(std::unique_ptr<Session> session) {
    if (session->ended()) return;
    session->Close();
    retired_.push_back(std::move(session));
}

// Venues move streams to other addresses and leave the old one open, acknowledging and silent.
bool Link::AtWrongAddress(Nanos steady) const {
    if (delivered_ || !primary_->complete() || venue_.UrlsOf(endpoint_).size() == 1) return false;
    // Streams that may be quiet for hours tell nothing.
    if (watchdog_.GetStats().channels == 0) return false;
    // Nor need it be the address: every one that was left in vain is given twice as long.
    const Nanos patience = config_.watchdog.connection_silence.count()
                           << std::min(url_, kMaxDoublings);
    return steady - primary_->connected_at() > patience;
}

Task<Status> Link::Watch() {
    for (;;) {
        co_await runtime::Sleep(1s);
        if (!primary_ || !primary_->connected()) continue;
        const Nanos now = DefaultClock().Steady();
        if (AtWrongAddress(now)) {
            primary_->Abort(absl::AbortedError("subscribed, but nothing came at this address"));
            continue;
        }
        if (primary_->signs_of_life() != seen_signs_) {
            seen_signs_ = primary_->signs_of_life();
            watchdog_.OnHeartbeat(now);
        }
        for (const auto& silence : watchdog_.Check(now)) {
            if (silence.channel) {
                owner_.OnSilent(*this, *silence.channel);
            } else {
                primary_->Abort(
                    absl::AbortedError("nothing came for " + FormatDuration(silence.silent_for))
                );
            }
        }
    }
}

void Link::Add(const std::vector<std::string>& channels) {
    std::vector<std::string> added;
    for (const std::string& channel : channels) {
        if (channels_.insert(channel).second) added.push_back(channel);
    }
    if (added.empty()) return;
    if (primary_) primary_->Subscribe(added);
    if (replacement_) replacement_->Subscribe(added);
}

void Link::Remove(const std::vector<std::string>& channels) {
    std::vector<std::string> removed;
    for (const std::string& channel : channels) {
        if (channels_.erase(channel) > 0) removed.push_back(channel);
    }
    if (removed.empty()) return;
    if (primary_) primary_->Unsubscribe(removed);
    if (replacement_) replacement_->Unsubscribe(removed);
}

void Link::Resubscribe(const std::vector<std::string>& channels) {
    if (!connected()) return;
    primary_->Unsubscribe(channels);
    primary_->Subscribe(channels);
}

const Watermark& Link::watermark() const {
    static const Watermark kNone;
    return primary_ ? primary_->watermark() : kNone;
}

void Link::SampleWatermark(Nanos steady, Nanos slack) {
    if (primary_) primary_->SampleWatermark(steady, slack);
    if (replacement_) replacement_->SampleWatermark(steady, slack);
}

void Link::OnEvent(
    Session& session, InstrumentId instrument, const model::Event& event, const ChainLink* link
) {
    if (Counts(session)) delivered_ = true;
    owner_.OnEvent(*this, session, instrument, event, link);
}

void Link::OnSkipped(
    Session& session,
    InstrumentId instrument,
    model::DataType type,
    Nanos order_ts,
    const ChainLink& link
) {
    owner_.OnSkipped(*this, session, instrument, type, order_ts, link);
}

void Link::OnBadMessage(Session&, const ParseResult& result, std::string_view frame) {
    owner_.OnBadMessage(*this, result, frame);
}

// Of what another connection carries beside it, the one that counts has it all.
void Link::OnLost(Session& session, const ParseResult& result) {
    if (Counts(session)) owner_.OnLost(*this, result);
}

void Link::OnIgnored(Session&) {
    owner_.OnIgnored(*this);
}

void Link::OnConnected(Session& session) {
    kLog.Info("connected", {{"connection", session.name()}, {"streams", channels_.size()}});
    if (&session != primary_.get()) return;
    watchdog_.OnConnected(DefaultClock().Steady());
    seen_signs_ = 0;
    owner_.OnStateChanged(*this);
}

void Link::OnAcked(Session& session, const std::string& channel) {
    if (&session == primary_.get() && channels_.contains(channel)) {
        owner_.OnFlowing(*this, channel);
    }
    changed_.NotifyAll();
}

void Link::OnRefused(Session& session, const std::string& channel, std::string_view why) {
    if (&session == primary_.get()) owner_.OnRefused(*this, channel, why);
}

void Link::OnRestartNotice(Session& session) {
    if (&session != primary_.get() || restart_announced_) return;
    kLog.Info("the venue announced a restart", {{"connection", session.name()}});
    restart_announced_ = true;
    changed_.NotifyAll();
}

void Link::OnBurstEnd(Session&) {
    owner_.OnBurstEnd(*this);
}

}  // namespace mp::collector
