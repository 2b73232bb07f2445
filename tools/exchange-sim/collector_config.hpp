#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mp::sim {

// One entry under `venues:` of a collector: what it has to ask for to see what is served.
struct VenueEntry {
    std::string exchange;
    std::string market;
    std::vector<std::string> symbols;  // canonical, or the venue's own
    std::set<std::string> data_types;  // trade, book_delta, bbo, ticker, kline, ...
    std::string trade_channel = "trade";
    std::string book_stream;  // empty where there is no choice
    std::set<std::string> kline_intervals;
    int snapshot_depth = 1000;
    std::string socket_path;  // "/linear" where its sockets have an address of their own
};

// What a collector has to ask for to see the streams of a recording.
class RecordedEntries {
  public:
    explicit RecordedEntries(std::string exchange) : exchange_(std::move(exchange)) {}

    // The market's entry. It comes to nothing without a stream.
    VenueEntry& Of(const std::string& market);
    // It subscribes to the stream to get these types of data about the symbol; `interval`: of
    // klines, else empty.
    void Add(
        const std::string& market,
        const std::string& symbol,
        std::uint32_t stream,
        const std::set<std::string>& types,
        const std::string& interval
    );

    const std::vector<std::uint32_t>& streams() const { return streams_; }
    std::vector<VenueEntry> Take();

  private:
    const std::string exchange_;
    std::map<std::string, VenueEntry> entries_;
    std::vector<std::uint32_t> streams_;
};

// The text that `--emit-config` writes.
std::string RenderCollectorConfig(
    const std::vector<VenueEntry>& entries, const std::string& host, int port
);

}  // namespace mp::sim
