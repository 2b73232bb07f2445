#pragma once
// Notices a connection that is up but says nothing, and a channel on it that fell silent alone.
//
// How long a channel may be quiet is learned, not configured: its longest gap so far, slowly
// forgotten, measured on two clocks. One is time; the other is the messages of its siblings on the
// connection, so that a night in which everything slows down suspects nobody. A channel is silent
// when it is beyond `tolerance` times its longest gap on both. A connection is silent when neither
// data nor a heartbeat came for `connection_silence`, or when its data as a whole is beyond its own
// longest gap although heartbeats go on. A channel that a venue serves at a fixed pace says so and
// is judged by that.
//
// A suspect is reported once, then again only after twice the silence, so a symbol that is merely
// quiet costs ever fewer re-subscriptions. Times are Clock::Steady(). One owner, not thread-safe;
// OnMessage is a few compares.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/duration.hpp"
#include "base/time.hpp"

namespace mp::reliability {

class Watchdog {
  public:
    using Channel = uint32_t;

    struct Config {
        Duration connection_silence = std::chrono::seconds(30);
        Duration warmup = std::chrono::minutes(5);        // watched so long before it is judged
        Duration min_silence = std::chrono::seconds(10);  // never suspected earlier
        Duration max_silence = std::chrono::hours(1);     // never trusted longer
        Duration memory = std::chrono::hours(1);          // half-life of the longest gap
        double tolerance = 3;
        uint64_t min_sibling_messages = 20;
    };

    struct Silence {
        std::optional<Channel> channel;  // none: the whole connection
        Duration silent_for{0};
        Duration trusted_for{0};  // the limit that was passed
    };

    struct Stats {
        uint64_t channels = 0;
        uint64_t silent_channels = 0;     // reports since construction
        uint64_t silent_connections = 0;  // likewise
    };

    Watchdog(Config config, Nanos now);

    // `pace`: the venue promises a message at least this often.
    Channel Add(Nanos now, std::optional<Duration> pace = std::nullopt);
    void Remove(Channel channel);

    void OnMessage(Channel channel, Nanos now);
    // A ping, a pong, a venue's heartbeat: the connection lives.
    void OnHeartbeat(Nanos now) { last_alive_ = now; }
    // A new connection: every silence counts from here; what was learned stays.
    void OnConnected(Nanos now);

    // Who is silent. Call it about every second. A silent connection is reported alone.
    std::vector<Silence> Check(Nanos now);

    Stats GetStats() const;

  private:
    struct Gaps {
        Nanos since = 0;        // watched from here
        Nanos last = 0;         // last message
        uint64_t siblings = 0;  // messages_ at that time
        double longest = 0;     // ns, decayed; 0: nothing learned
        double longest_siblings = 0;
        double patience = 1;  // doubles with each report
        std::optional<Duration> pace;
        bool used = false;

        void Observe(Nanos now, uint64_t messages);
        void Restart(Nanos now, uint64_t messages);
    };

    // The limit in time, from what was learned.
    double TrustedFor(const Gaps& gaps) const;
    std::optional<Silence> Judge(Gaps& gaps, Nanos now, bool with_siblings);
    void Forget(Nanos now);

    const Config config_;
    Gaps data_;  // the connection as one channel
    Nanos last_alive_;
    Nanos last_check_;
    uint64_t messages_ = 0;
    std::vector<Gaps> channels_;
    Stats stats_;
};

}  // namespace mp::reliability
