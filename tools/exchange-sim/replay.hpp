#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "exchange-sim/frame.hpp"
#include "exchange-sim/outlet.hpp"
#include "exchange-sim/signal.hpp"

namespace mp::sim {

// A book that a venue's protocol folder keeps from recorded messages, for snapshots that nobody
// recorded. Independent of the collector's books.
class RecordedBook {
  public:
    virtual ~RecordedBook() = default;
    virtual void Seed(std::string_view snapshot) = 0;
    virtual void Apply(std::string_view delta) = 0;
    // Seeded, and nothing that came since contradicts it.
    virtual bool current() const = 0;
    // At most `limit` levels a side, in the form of the venue's REST answer.
    virtual std::string Render(std::size_t limit) const = 0;
    // What a subscription to the stream begins with; empty where it begins with nothing, or nothing
    // is known yet.
    virtual std::string RenderStream(std::string_view /*stream*/) const { return {}; }
    // A message of the stream without what the exchange computed of its whole book.
    virtual std::string Unproven(std::string_view message) const { return std::string(message); }
};

template <typename Book>
std::unique_ptr<RecordedBook> MakeBook() {
    return std::make_unique<Book>();
}

struct Recording {
    struct Item {
        bool snapshot = false;     // of a REST answer: `raw`; otherwise `frame`
        std::uint32_t symbol = 0;  // index in `symbols`
        StoredFrame frame;
        std::string raw;
        std::int64_t recv_ns = 0;
    };

    std::vector<Item> items;
    std::vector<std::string> symbols;
    std::vector<std::uint32_t> required_streams;  // the replay waits for their subscribers
    std::unique_ptr<RecordedBook> (*make_book)() = nullptr;
};

struct ReplayOptions {
    double speed = 0;  // 0 = as fast as the sockets take it, else a factor on the recorded time
    bool loop = false;
    bool wait_for_subscribers = true;
};

// Serves a recording in its order. A depth request waits for the next recorded snapshot of its
// symbol, and the replay waits (a bounded time) at that snapshot until it was fetched, so that a
// client can bridge as it could when the recording was made. One thread.
class Replay {
  public:
    Replay(
        boost::asio::io_context& io,
        Hub& hub,
        Outlet& outlet,
        Recording recording,
        ReplayOptions options
    );

    boost::asio::awaitable<void> Run();

    // The answer to a depth request; nullopt where the recording cannot give one.
    boost::asio::awaitable<std::optional<std::string>> Snapshot(
        std::string symbol, std::size_t limit
    );

    // The book that a subscription to `stream` begins with, to one connection or (null) to all that
    // listen. Where the recording contradicts it (a message is missing) it comes unproven, and so
    // do the updates behind it until both agree again.
    void SendBook(std::uint32_t stream, WsSession* session);

    void Start();  // without waiting for subscribers
    void Pause(bool paused);
    void Stop();

    bool started() const { return started_; }
    bool done() const { return done_; }
    bool paused() const { return paused_; }
    // How often the end was reached.
    std::uint64_t rounds() const { return rounds_; }
    std::size_t position() const { return position_; }
    std::size_t size() const { return recording_.items.size(); }
    std::vector<std::string> WaitingFor() const;
    // The frames of that kind and symbol that were sent so far, oldest first.
    std::vector<Frame> Sent(FrameKind kind, std::string_view symbol) const;

  private:
    struct Track {
        std::vector<std::uint32_t> book_items;  // snapshots and deltas, in order
        std::size_t applied = 0;
        std::unique_ptr<RecordedBook> book;
        // Of each book item, whether it contradicts the book; made when it is first asked for.
        std::vector<bool> contradictions;
        bool unproven = false;  // a book was sent that the recording contradicts
        std::uint32_t delta_stream = 0;
        int held = 0;    // requests that wait
        int served = 0;  // answers given at the snapshot the replay stands at
        bool delta_sent = false;
    };

    boost::asio::awaitable<void> AwaitSubscribers();
    boost::asio::awaitable<void> Once();
    boost::asio::awaitable<bool> Gate(std::int64_t recv_ns);
    boost::asio::awaitable<void> AtSnapshot(const Recording::Item& item);
    boost::asio::awaitable<void> AwaitFetch(const Track& track);
    boost::asio::awaitable<void> Drain();
    void Advance(std::int64_t recv_ns);
    bool SnapshotTaken(const Track& track) const;
    bool OtherRequestHeld(const Track& track) const;
    bool AllSubscribed();
    void Rewind();
    void CatchUp(Track& track);
    std::optional<std::uint32_t> NextSnapshot(const Track& track) const;
    std::string Recorded(std::uint32_t item, std::size_t limit) const;
    // Whether the book agrees with the recording at its item `at` and the next ones.
    bool Agrees(Track& track, std::size_t at) const;
    bool PublishUnproven(Track& track, const Frame& frame);

    boost::asio::io_context& io_;
    Hub& hub_;
    Outlet& outlet_;
    const Recording recording_;
    const ReplayOptions options_;
    std::vector<Track> tracks_;
    std::map<std::string, std::uint32_t, std::less<>> by_symbol_;
    std::map<std::uint32_t, std::uint32_t> by_stream_;  // streams of books
    std::size_t position_ = 0;
    std::uint64_t rounds_ = 0;
    bool started_ = false;
    bool paused_ = false;
    bool stopped_ = false;
    bool done_ = false;
    bool subscriptions_changed_ = true;
    bool all_subscribed_ = false;
    bool at_snapshot_ = false;
    bool asked_ = false;        // some snapshot was requested in this round
    bool nobody_asks_ = false;  // one was waited for in vain, and none was requested in this round
    std::int64_t last_recv_ns_ = 0;
    Signal::TimePoint due_;
    Signal changed_;
};

}  // namespace mp::sim
