#include "exchange-sim/replay.hpp"

#include <algorithm>
#include <chrono>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mp::sim {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kMaxBacklog = 256 * 1024;
constexpr std::size_t kLookAhead = 300;               // updates of a book that must agree with it
constexpr std::int64_t kLongestGap = 60'000'000'000;  // between sessions lie months
constexpr std::size_t kSlice = 256;                   // frames between two turns of the event loop

// How long a replay stands at a snapshot: for a client that has seen a delta and must be about to
// ask; for one that may ask before the first delta; and when a client asks for its books one after
// another and has begun with a later one, or never asked for any.
constexpr milliseconds kFetchTime{5000};
constexpr milliseconds kEagerTime{1000};
constexpr milliseconds kOthersTime{300};

// Between the last subscription and the first message: only a stream that was quiet for a while
// shows a client that it missed nothing of what comes first.
constexpr milliseconds kQuiet{500};
constexpr milliseconds kAcksRead{2000};

}  // namespace

Replay::Replay(
    asio::io_context& io, Hub& hub, Outlet& outlet, Recording recording, ReplayOptions options
)
    : io_(io),
      hub_(hub),
      outlet_(outlet),
      recording_(std::move(recording)),
      options_(options),
      tracks_(recording_.symbols.size()),
      changed_(io) {
    for (std::uint32_t i = 0; i < recording_.symbols.size(); ++i) {
        by_symbol_.emplace(recording_.symbols[i], i);
    }
    for (std::uint32_t i = 0; i < recording_.items.size(); ++i) {
        const Recording::Item& item = recording_.items[i];
        const Frame frame = item.frame.view();
        const bool of_book =
            frame.kind == FrameKind::kBookDelta || frame.kind == FrameKind::kBookSnapshot;
        if (!item.snapshot && !of_book) continue;
        Track& track = tracks_[item.symbol];
        track.book_items.push_back(i);
        if (item.snapshot) continue;
        track.delta_stream = frame.stream;
        by_stream_.emplace(frame.stream, item.symbol);
    }
    hub_.OnChange([this] {
        subscriptions_changed_ = true;
        changed_.Notify();
    });
    Rewind();
}

void Replay::Rewind() {
    position_ = 0;
    last_recv_ns_ = 0;
    // Whoever has the books from the round before does not ask again.
    asked_ = false;
    nobody_asks_ = rounds_ > 0;
    for (Track& track : tracks_) {
        track.applied = 0;
        track.book = recording_.make_book();
        track.served = 0;
        track.delta_sent = false;
        track.unproven = false;
    }
}

asio::awaitable<void> Replay::Run() {
    if (options_.wait_for_subscribers) co_await AwaitSubscribers();
    started_ = true;
    changed_.Notify();
    do {
        co_await Once();
        co_await Drain();
        if (stopped_) break;
        ++rounds_;
        if (options_.loop) Rewind();
    } while (options_.loop);
    done_ = !stopped_;
    changed_.Notify();
}

asio::awaitable<void> Replay::Once() {
    due_ = Clock::now();
    for (std::size_t since_yield = 0; position_ < recording_.items.size();) {
        const Recording::Item& item = recording_.items[position_];
        const bool go_on = co_await Gate(item.recv_ns);
        if (!go_on) co_return;
        if (item.snapshot) {
            co_await AtSnapshot(item);
        } else {
            const Frame frame = item.frame.view();
            const bool of_book = frame.kind == FrameKind::kBookDelta;
            Track& track = tracks_[item.symbol];
            const bool sent = of_book && track.unproven ? PublishUnproven(track, frame)
                                                        : outlet_.Publish(frame, true);
            if (!sent) continue;
            if (of_book) track.delta_sent = true;
        }
        ++position_;
        if (++since_yield < kSlice) continue;
        since_yield = 0;
        co_await asio::post(io_, asio::use_awaitable);
    }
}

asio::awaitable<void> Replay::AwaitSubscribers() {
    while (!stopped_ && !started_ && !AllSubscribed()) co_await changed_.Wait();
    co_await outlet_.AwaitReaders(Clock::now() + kAcksRead);
    const auto quiet_until = Clock::now() + kQuiet;
    while (!stopped_ && !started_ && Clock::now() < quiet_until)
        co_await changed_.Wait(quiet_until);
}

// Returns when the next item may go; false when the replay is to end.
asio::awaitable<bool> Replay::Gate(std::int64_t recv_ns) {
    Advance(recv_ns);
    while (!stopped_) {
        if (paused_) {
            co_await changed_.Wait();
            due_ = std::max(due_, Clock::now());
        } else if (const auto silent = outlet_.silent_until()) {
            co_await changed_.Wait(*silent);
            due_ = std::max(due_, Clock::now());
        } else if (options_.speed <= 0 && options_.wait_for_subscribers && !AllSubscribed()) {
            // At full speed everything would be gone before a client can come back.
            co_await changed_.Wait();
        } else if (outlet_.Backlog() > kMaxBacklog) {
            co_await outlet_.progress().Wait();
        } else if (options_.speed > 0 && Clock::now() < due_) {
            co_await changed_.Wait(due_);
        } else {
            co_return true;
        }
    }
    co_return false;
}

// Moves the due time by the recorded distance from the item before.
void Replay::Advance(std::int64_t recv_ns) {
    if (recv_ns == 0 || options_.speed <= 0) return;
    if (last_recv_ns_ != 0) {
        const std::int64_t gap = std::clamp(recv_ns - last_recv_ns_, std::int64_t{0}, kLongestGap);
        due_ += std::chrono::nanoseconds(
            static_cast<std::int64_t>(static_cast<double>(gap) / options_.speed)
        );
    }
    last_recv_ns_ = recv_ns;
}

asio::awaitable<void> Replay::AtSnapshot(const Recording::Item& item) {
    Track& track = tracks_[item.symbol];
    CatchUp(track);
    // A client whose book is in order has no reason to ask.
    if (track.book->current() && track.held == 0) co_return;
    track.served = 0;
    at_snapshot_ = true;
    changed_.Notify();
    co_await AwaitFetch(track);
    at_snapshot_ = false;
    if (track.served == 0) nobody_asks_ = !asked_;
    due_ = std::max(due_, Clock::now());
}

asio::awaitable<void> Replay::AwaitFetch(const Track& track) {
    const auto arrived = Clock::now();
    const auto patience = track.delta_sent ? kFetchTime : kEagerTime;
    while (!stopped_ && !SnapshotTaken(track)) {
        const bool short_wait = nobody_asks_ || OtherRequestHeld(track);
        const auto until = arrived + (short_wait ? kOthersTime : patience);
        if (Clock::now() >= until) co_return;
        co_await changed_.Wait(until);
    }
}

bool Replay::SnapshotTaken(const Track& track) const {
    const std::size_t listeners = hub_.Subscribers(track.delta_stream).size();
    return listeners == 0 || static_cast<std::size_t>(track.served) >= listeners;
}

bool Replay::OtherRequestHeld(const Track& track) const {
    return std::ranges::any_of(tracks_, [&track](const Track& other) {
        return &other != &track && other.held > 0;
    });
}

asio::awaitable<void> Replay::Drain() {
    while (!stopped_ && outlet_.Backlog() > 0) co_await outlet_.progress().Wait();
}

asio::awaitable<std::optional<std::string>> Replay::Snapshot(
    std::string symbol, std::size_t limit
) {
    const auto known = by_symbol_.find(symbol);
    if (known == by_symbol_.end()) co_return std::nullopt;
    Track& track = tracks_[known->second];
    asked_ = true;
    nobody_asks_ = false;
    ++track.held;
    changed_.Notify();
    std::optional<std::string> answer;
    while (!stopped_) {
        CatchUp(track);
        const auto next = NextSnapshot(track);
        if (at_snapshot_ && next && *next == position_) {
            answer = Recorded(*next, limit);
            break;
        }
        if (track.book->current()) {
            answer = track.book->Render(limit);
            break;
        }
        if (!next) break;
        co_await changed_.Wait();
    }
    --track.held;
    if (answer) ++track.served;
    changed_.Notify();
    co_return answer;
}

// Applies what has been sent. Done only when somebody asks: a replay at full speed reads no books.
void Replay::CatchUp(Track& track) {
    while (track.applied < track.book_items.size() && track.book_items[track.applied] < position_) {
        const Recording::Item& item = recording_.items[track.book_items[track.applied]];
        if (item.snapshot) {
            track.book->Seed(item.raw);
        } else {
            track.book->Apply(item.frame.view().payload());
        }
        ++track.applied;
    }
}

void Replay::SendBook(std::uint32_t stream, WsSession* session) {
    const auto known = by_stream_.find(stream);
    if (known == by_stream_.end()) return;
    Track& track = tracks_[known->second];
    CatchUp(track);
    std::string text = track.book->RenderStream(hub_.Name(stream));
    if (text.empty()) return;
    track.unproven = !Agrees(track, track.applied - 1);
    if (track.unproven) text = track.book->Unproven(text);
    Frame frame;
    frame.stream = stream;
    frame.kind = FrameKind::kBookSnapshot;
    frame.stream_name = hub_.Name(stream);
    frame.symbol = recording_.symbols[known->second];
    frame.wrapped = text;
    frame.payload_size = static_cast<std::uint32_t>(text.size());
    if (session != nullptr) {
        outlet_.SendTo(*session, frame);
    } else {
        outlet_.Publish(frame);
    }
}

// A level that a missing message left wrong may be out of a checksum's sight for a while.
bool Replay::Agrees(Track& track, std::size_t at) const {
    if (track.contradictions.empty()) {
        const auto book = recording_.make_book();
        for (const std::uint32_t index : track.book_items) {
            const Recording::Item& item = recording_.items[index];
            if (item.snapshot) {
                book->Seed(item.raw);
            } else {
                book->Apply(item.frame.view().payload());
            }
            track.contradictions.push_back(!book->current());
        }
    }
    const auto from = track.contradictions.begin() + static_cast<std::ptrdiff_t>(at);
    const auto left = static_cast<std::size_t>(track.contradictions.end() - from);
    const auto to = from + static_cast<std::ptrdiff_t>(std::min(left, kLookAhead));
    return std::find(from, to, true) == to;
}

bool Replay::PublishUnproven(Track& track, const Frame& frame) {
    CatchUp(track);
    track.unproven = !Agrees(track, track.applied);
    if (!track.unproven) return outlet_.Publish(frame, true);
    const std::string text = track.book->Unproven(frame.wrapped);
    Frame unproven = frame;
    unproven.wrapped = text;
    unproven.payload_size = static_cast<std::uint32_t>(text.size());
    return outlet_.Publish(unproven, true);
}

std::optional<std::uint32_t> Replay::NextSnapshot(const Track& track) const {
    for (std::size_t i = track.applied; i < track.book_items.size(); ++i) {
        if (recording_.items[track.book_items[i]].snapshot) return track.book_items[i];
    }
    return std::nullopt;
}

std::string Replay::Recorded(std::uint32_t item, std::size_t limit) const {
    const std::string& raw = recording_.items[item].raw;
    constexpr std::size_t kRecordedDepth = 1000;
    if (limit >= kRecordedDepth) return raw;
    const auto book = recording_.make_book();
    book->Seed(raw);
    return book->Render(limit);
}

bool Replay::AllSubscribed() {
    if (!subscriptions_changed_) return all_subscribed_;
    subscriptions_changed_ = false;
    all_subscribed_ =
        std::ranges::all_of(recording_.required_streams, [this](std::uint32_t stream) {
            return hub_.HasSubscribers(stream);
        });
    return all_subscribed_;
}

std::vector<std::string> Replay::WaitingFor() const {
    std::vector<std::string> missing;
    if (started_) return missing;
    for (const std::uint32_t stream : recording_.required_streams) {
        if (!hub_.HasSubscribers(stream)) missing.emplace_back(hub_.Name(stream));
    }
    return missing;
}

std::vector<Frame> Replay::Sent(FrameKind kind, std::string_view symbol) const {
    std::vector<Frame> frames;
    for (std::size_t i = 0; i < position_; ++i) {
        if (recording_.items[i].snapshot) continue;
        const Frame frame = recording_.items[i].frame.view();
        if (frame.kind == kind && frame.symbol == symbol) frames.push_back(frame);
    }
    return frames;
}

void Replay::Start() {
    started_ = true;
    changed_.Notify();
}

void Replay::Pause(bool paused) {
    paused_ = paused;
    changed_.Notify();
}

void Replay::Stop() {
    stopped_ = true;
    changed_.Notify();
}

}  // namespace mp::sim
