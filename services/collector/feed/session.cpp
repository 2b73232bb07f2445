#include "collector/feed/session.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "base/time.hpp"
#include "collector/capture/raw_capture.hpp"
#include "model/ahead.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

constexpr Duration kSendTimeout = 10s;
constexpr Duration kCloseTimeout = 2s;
// Silence is the watchdog's business; a read only must not wait for ever.
constexpr Duration kReadTimeout = 1h;
constexpr Nanos kLeap = 60 * kSecond;

// {"sim":"clock","ns":1700000000000000001}: when the frame behind it was received.
std::optional<Nanos> RecordedClock(std::string_view frame) {
    constexpr std::string_view kHead = R"({"sim":"clock","ns":)";
    if (!frame.starts_with(kHead)) return std::nullopt;
    Nanos time = 0;
    const char* const begin = frame.data() + kHead.size();
    const auto [end, error] = std::from_chars(begin, frame.data() + frame.size(), time);
    return error == std::errc() ? std::optional(time) : std::nullopt;
}

std::string WithRecordedClock(const std::string& url) {
    const char* const sign = url.find('?') == std::string::npos ? "?" : "&";
    return url + sign + "simClock=recorded";
}

}  // namespace

Session::Session(
    Executor executor,
    const Venue& venue,
    const SymbolTable& symbols,
    SessionConfig config,
    std::string name,
    std::string url,
    SessionOwner& owner
)
    : executor_(std::move(executor)),
      venue_(venue),
      config_(config),
      name_(std::move(name)),
      url_(config.recorded_clock ? WithRecordedClock(url) : std::move(url)),
      owner_(owner),
      parser_(venue.MakeParser(symbols)) {}

Task<Status> Session::Run() {
    net::WebSocketClientOptions options;
    options.max_message_bytes = config_.max_message_bytes;
    auto socket = co_await net::ConnectWebSocket(
        executor_, url_, std::move(options), Deadline::After(config_.connect_timeout)
    );
    if (!socket.ok()) co_return socket.status();
    socket_.emplace(std::move(*socket));
    connected_at_ = DefaultClock().Steady();
    if (config_.recorder != nullptr) config_.recorder->Opened(url_, DefaultClock().Now());
    owner_.OnConnected(*this);
    const Status ended = co_await runtime::FirstOf(Read(), Write(), Keep());
    if (closing_ && ended.ok()) {
        (void)co_await socket_->Close(net::kCloseNormal, "", Deadline::After(kCloseTimeout));
    }
    co_return ended;
}

Task<Status> Session::Read() {
    for (;;) {
        const auto batch = co_await socket_->ReadSome(Deadline::After(kReadTimeout));
        if (!batch.ok()) co_return batch.status();
        Take(*batch);
    }
}

void Session::Take(const net::WebSocketBatch& batch) {
    burst_steady_ = DefaultClock().Steady();
    watermark_.last_received = recorded_now_.value_or(batch.received_ts);
    for (const net::WebSocketMessage& message : batch.messages) {
        if (config_.recorder != nullptr) {
            config_.recorder->Frame(url_, batch.received_ts, message.data);
        }
        const auto recorded =
            config_.recorded_clock ? RecordedClock(message.data) : std::optional<Nanos>();
        if (recorded) {
            recorded_now_ = recorded;
            watermark_.last_received = *recorded;
            continue;
        }
        const Nanos received = recorded_now_.value_or(batch.received_ts);
        frame_ = message.data;
        received_ = received;
        bad_ = false;
        const ParseResult result = parser_->Parse(message.data, received, *this);
        if (!result.ok()) Report(result);
        if (result.ignored) owner_.OnIgnored(*this);
    }
    owner_.OnBurstEnd(*this);
}

void Session::OnEvent(InstrumentId instrument, const model::Event& event, const ChainLink* link) {
    if (TurnsAway(instrument, model::TypeOf(event), model::NewestTime(event))) return;
    if (event.exchange_ts) AdvanceVenueTime(*event.exchange_ts);
    owner_.OnEvent(*this, instrument, event, link);
}

void Session::OnSkipped(
    InstrumentId instrument, model::DataType type, Nanos order_ts, const ChainLink& link
) {
    if (TurnsAway(instrument, type, order_ts)) return;
    owner_.OnSkipped(*this, instrument, type, order_ts, link);
}

// At once, not behind the rest of its message: what follows it must not vouch for it.
bool Session::TurnsAway(InstrumentId instrument, model::DataType type, Nanos time) {
    if (!model::IsAhead(time, received_)) return false;
    // A snapshot that comes with the updates is part of their series.
    if (type == model::DataType::kBookSnapshot) type = model::DataType::kBookDelta;
    Report({ParseError::kAhead, false, instrument, type});
    return true;
}

// A message may hold hundreds of events that are turned away.
void Session::Report(const ParseResult& result) {
    if (!std::exchange(bad_, true)) owner_.OnBadMessage(*this, result, frame_);
    owner_.OnLost(*this, result);
}

// A single message that is too early must not vouch for times that have not come: a leap counts
// once a second message confirms it. The first one leaps where it is ahead of our clock.
void Session::AdvanceVenueTime(Nanos time) {
    if (time <= venue_time_) return;
    const bool leap = time - (venue_time_ > 0 ? venue_time_ : received_) > kLeap;
    const bool confirmed = time - leapt_to_ <= kLeap && leapt_to_ - time <= kLeap;
    if (leap && !confirmed) {
        leapt_to_ = time;
        return;
    }
    venue_time_ = time;
}

// Nothing is asked for before the venue has let us in.
Task<Status> Session::LogIn() {
    const std::string frame = venue_.LoginFrame();
    if (frame.empty()) co_return OkStatus();
    logging_in_ = true;
    const Status sent = co_await socket_->Send(frame, Deadline::After(kSendTimeout));
    if (!sent.ok()) co_return sent;
    const Deadline deadline = Deadline::After(config_.ack_timeout);
    while (logging_in_ && !login_refusal_ && !closing_ && !abort_) {
        if (deadline.Passed()) co_return absl::DeadlineExceededError("no answer to the login");
        (void)co_await changed_.Wait(deadline);
    }
    if (login_refusal_) co_return absl::UnauthenticatedError("login: " + *login_refusal_);
    co_return OkStatus();
}

Task<Status> Session::Write() {
    const Status admitted = co_await LogIn();
    if (!admitted.ok()) co_return admitted;
    for (;;) {
        while (outgoing_.empty() && !closing_ && !abort_) co_await changed_.Wait();
        if (abort_) co_return *abort_;
        if (closing_) co_return OkStatus();
        // Channels that are added one after the other go out together.
        co_await runtime::Yield();
        if (outgoing_.empty()) continue;
        const Status sent = co_await Send(TakeRequest());
        if (!sent.ok()) co_return sent;
        co_await runtime::Sleep(venue_.habits().request_interval);
    }
}

Task<Status> Session::Send(Request request) {
    const Deadline deadline = Deadline::After(kSendTimeout);
    if (request.ping) co_return co_await socket_->Ping("", deadline);
    const std::string frame = FrameOf(request);
    co_return co_await socket_->Send(frame, deadline);
}

// Pings where the venue wants them, stays logged in, and sees that what was asked is answered.
Task<Status> Session::Keep() {
    last_ping_ = DefaultClock().Steady();
    for (;;) {
        co_await runtime::Sleep(1s);
        const Nanos now = DefaultClock().Steady();
        PingIfDue(now);
        RenewLoginIfDue(now);
        MP_CO_RETURN_IF_ERROR(CheckRenewal(now));
        MP_CO_RETURN_IF_ERROR(CheckAcks(now));
    }
}

void Session::PingIfDue(Nanos steady) {
    const Duration interval = venue_.habits().ping_interval;
    if (interval.count() == 0 || steady - last_ping_ < interval.count()) return;
    last_ping_ = steady;
    const std::string text = venue_.PingFrame();
    outgoing_.push_front({true, {}, text, text.empty()});
    changed_.NotifyAll();
}

void Session::RenewLoginIfDue(Nanos steady) {
    if (renew_at_ == 0 || steady < renew_at_) return;
    renew_at_ = 0;
    renewing_since_ = steady;
    outgoing_.push_front({true, {}, venue_.LoginFrame(), false});
    changed_.NotifyAll();
}

Status Session::CheckRenewal(Nanos steady) const {
    if (renewing_since_ == 0 || steady - renewing_since_ <= config_.ack_timeout.count()) {
        return OkStatus();
    }
    return absl::DeadlineExceededError("no answer to the login's renewal");
}

Status Session::CheckAcks(Nanos steady) const {
    for (const auto& [id, pending] : pending_) {
        if (steady - pending.sent_steady > config_.ack_timeout.count()) {
            return absl::DeadlineExceededError("a subscription was not acknowledged");
        }
    }
    return OkStatus();
}

void Session::Subscribe(std::vector<std::string> channels) {
    wanted_ += channels.size();
    Queue(true, std::move(channels));
}

void Session::Unsubscribe(std::vector<std::string> channels) {
    for (const std::string& channel : channels) {
        if (acked_.erase(channel) > 0 && wanted_ > 0) --wanted_;
    }
    Queue(false, std::move(channels));
}

void Session::Queue(bool subscribe, std::vector<std::string> channels) {
    const size_t chunk = std::max<size_t>(1, venue_.habits().max_channels_per_request);
    for (size_t at = 0; at < channels.size(); at += chunk) {
        Request& request = outgoing_.emplace_back();
        request.subscribe = subscribe;
        const size_t end = std::min(at + chunk, channels.size());
        for (size_t i = at; i < end; ++i) request.channels.push_back(std::move(channels[i]));
    }
    changed_.NotifyAll();
}

// The next request, with those behind it that one frame holds too: a venue counts frames.
Session::Request Session::TakeRequest() {
    const size_t limit = std::max<size_t>(1, venue_.habits().max_channels_per_request);
    Request request = std::move(outgoing_.front());
    outgoing_.pop_front();
    while (!request.channels.empty() && !outgoing_.empty()) {
        Request& next = outgoing_.front();
        const bool alike = !next.channels.empty() && next.subscribe == request.subscribe;
        if (!alike || request.channels.size() + next.channels.size() > limit) break;
        std::move(next.channels.begin(), next.channels.end(), std::back_inserter(request.channels));
        outgoing_.pop_front();
    }
    return request;
}

std::string Session::FrameOf(Request& request) {
    if (!request.text.empty()) return std::move(request.text);
    const uint64_t id = next_id_++;
    std::string frame = request.subscribe ? venue_.SubscribeFrame(request.channels, id)
                                          : venue_.UnsubscribeFrame(request.channels, id);
    pending_[id] = {std::move(request), DefaultClock().Steady()};
    return frame;
}

void Session::Close() {
    closing_ = true;
    changed_.NotifyAll();
}

void Session::Abort(Status why) {
    if (!abort_) abort_ = std::move(why);
    changed_.NotifyAll();
}

uint64_t Session::signs_of_life() const {
    if (!socket_) return 0;
    const net::WebSocketStats& stats = socket_->stats();
    return stats.pings_received + static_cast<uint64_t>(stats.last_pong_ts) + notices_;
}

void Session::OnNotice(const Notice& notice) {
    ++notices_;
    switch (notice.kind) {
        case Notice::Kind::kLoggedIn:
            OnLoggedIn(notice);
            break;
        case Notice::Kind::kRefused:
            OnRefused(notice);
            break;
        case Notice::Kind::kAck:
            Answered(notice);
            break;
        case Notice::Kind::kRestart:
            owner_.OnRestartNotice(*this);
            break;
        case Notice::Kind::kReply:
            outgoing_.push_front({true, {}, std::string(notice.text), false});
            changed_.NotifyAll();
            break;
        case Notice::Kind::kPong:
            break;
    }
}

void Session::OnLoggedIn(const Notice& notice) {
    logging_in_ = false;
    renewing_since_ = 0;
    renew_at_ = notice.valid_for == 0 ? 0 : DefaultClock().Steady() + notice.valid_for / 2;
    changed_.NotifyAll();
}

void Session::OnRefused(const Notice& notice) {
    if (logging_in_) {
        // Nothing else has been asked for.
        login_refusal_ = std::string(notice.text);
        changed_.NotifyAll();
    } else if (renewing_since_ != 0 && notice.id && !pending_.contains(*notice.id)) {
        Abort(absl::UnauthenticatedError("login: " + std::string(notice.text)));
    } else {
        Answered(notice);
    }
}

// Venues answer for a whole request, or for each of its channels, in the order of the requests;
// some refuse without a word about what.
void Session::Answered(const Notice& notice) {
    const auto pending = std::find_if(pending_.begin(), pending_.end(), [&](const auto& entry) {
        const auto& channels = entry.second.request.channels;
        if (notice.channel.empty()) return !notice.id || *notice.id == entry.first;
        return std::find(channels.begin(), channels.end(), notice.channel) != channels.end();
    });
    if (pending == pending_.end()) return;
    Request request = std::move(pending->second.request);
    if (notice.channel.empty() || request.channels.size() == 1) {
        pending_.erase(pending);
    } else {
        std::erase(request.channels, notice.channel);
        pending->second.request = request;
        request.channels = {std::string(notice.channel)};
    }
    if (notice.kind == Notice::Kind::kAck) {
        Acknowledge(request);
    } else {
        Refuse(std::move(request), notice.text);
    }
}

void Session::Acknowledge(const Request& request) {
    if (!request.subscribe) return;
    for (const std::string& channel : request.channels) {
        acked_.insert(channel);
        owner_.OnAcked(*this, channel);
    }
}

// Which of several channels it was is found by asking for each alone.
void Session::Refuse(Request request, std::string_view why) {
    if (!request.subscribe) return;
    if (request.channels.size() > 1) {
        for (std::string& channel : request.channels) {
            outgoing_.push_back({true, {std::move(channel)}, {}, false});
        }
        changed_.NotifyAll();
        return;
    }
    if (wanted_ > 0) --wanted_;
    owner_.OnRefused(*this, request.channels.front(), why);
}

void Session::SampleWatermark(Nanos steady, Nanos slack) {
    if (venue_time_ > 0) samples_.emplace_back(steady, venue_time_);
    while (!samples_.empty() && samples_.front().first <= steady - slack) {
        watermark_.seen_slack_ago_at = samples_.front().first;
        watermark_.seen_slack_ago = samples_.front().second;
        samples_.pop_front();
    }
}

}  // namespace mp::collector
