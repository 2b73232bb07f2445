#pragma once
// Everything that differs between venues, and nothing else: what to subscribe to, how to read it,
// how books follow, which REST calls there are. A venue is a folder that implements this and one
// line in registry.cpp. Implementations are pure and constant after construction; all I/O is the
// feed's.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "collector/book/book_keeper.hpp"
#include "collector/book/book_rule.hpp"
#include "collector/venues/frame_parser.hpp"
#include "collector/venues/history.hpp"
#include "collector/venues/listing.hpp"
#include "collector/venues/rest_call.hpp"
#include "collector/venues/symbol_table.hpp"
#include "model/instrument.hpp"

namespace mp::collector {

// How a venue wants its connections to be used.
struct VenueHabits {
    size_t max_channels_per_request = 100;
    Duration request_interval{0};    // between two of our messages on one connection
    Duration connection_life{0};     // when the venue cuts a connection; 0: never by itself
    Duration ping_interval{0};       // how often we ping; 0: the venue pings often enough
    std::string used_weight_header;  // of REST answers; empty: none
    std::string rest_pool;           // what is counted together; empty: all of the exchange's calls
    int64_t rest_limit = 6000;       // weight in `rest_window` that the venue allows
    Duration rest_window = std::chrono::minutes(1);
};

// How events of one type stand in their series.
struct SeriesHabits {
    bool chained = false;     // each event says which one it continues
    bool by_receipt = false;  // no venue time: ordered by our receive time
    bool sporadic = false;    // may be quiet for hours: silence means nothing
};

// One stream, as the venue names it.
struct Stream {
    std::string endpoint;  // which of the venue's URLs carries it
    std::string channel;
    model::DataType type = model::DataType::kUnspecified;  // what it is subscribed for
};

struct ListingPage {
    std::vector<Listing> listings;
    std::vector<RestCall> next;  // where the venue answers in pages, or says where to ask on
};

class Venue {
  public:
    virtual ~Venue() = default;

    virtual const VenueHabits& habits() const = 0;
    virtual SeriesHabits HabitsOf(model::DataType type) const = 0;

    // None where the venue does not stream the type. Several types may name the same channel: it is
    // subscribed once, and its messages give events of all of them.
    virtual std::vector<Stream> StreamsOf(const model::Instrument& instrument, model::DataType type)
        const = 0;
    // Where the endpoint is to be had; the next one is tried when a connection gave nothing. At
    // least one.
    virtual std::vector<std::string> UrlsOf(std::string_view endpoint) const = 0;
    virtual std::string SubscribeFrame(std::span<const std::string> channels, uint64_t id)
        const = 0;
    virtual std::string UnsubscribeFrame(std::span<const std::string> channels, uint64_t id)
        const = 0;
    // What is sent first, and answered with Notice::kLoggedIn before anything is subscribed, and
    // again before the login ends; empty: no login.
    virtual std::string LoginFrame() const { return {}; }
    // Members of its answers whose values let others in: never written down.
    virtual std::vector<std::string> SecretMembers() const { return {}; }
    // What is sent every `ping_interval`; empty: a ping of the WebSocket protocol.
    virtual std::string PingFrame() const { return {}; }

    // One a connection. `symbols` outlives it.
    virtual std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols) const = 0;

    virtual const BookRule& book_rule() const = 0;

    virtual std::string RestUrl() const = 0;
    virtual std::vector<RestCall> ListingCalls() const = 0;
    virtual Result<ListingPage> ParseListings(std::string_view body) const = 0;
    // Only where books are seeded by REST.
    virtual RestCall BookCall(const model::Instrument& instrument) const = 0;
    virtual Result<SnapshotData> ParseBook(std::string_view body) const = 0;
    // What it tells by REST of the past and of what it does not stream; null: nothing.
    virtual const History* history() const { return nullptr; }
    // The venue's own words about a refusal, from the body of the answer.
    virtual std::string RefusalText(std::string_view body) const = 0;
    // For how long nobody may ask after an answer that says that too much was asked, where it names
    // no time by itself (Retry-After); absent: it says no such thing. `body` may be left out of an
    // answer that is longer than any refusal.
    virtual std::optional<Duration> QuietAfter(int http_status, std::string_view /*body*/) const {
        if (http_status != 429 && http_status != 418) return std::nullopt;
        return std::chrono::minutes(1);
    }
};

}  // namespace mp::collector
