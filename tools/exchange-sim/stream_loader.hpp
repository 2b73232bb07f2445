#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "exchange-sim/capture.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/replay.hpp"

namespace mp::sim {

// A recorded message as an exchange's folder understands it.
struct StreamMessage {
    std::string stream;  // as subscriptions name it
    std::string symbol;
    FrameKind kind = FrameKind::kOther;
    std::string text;  // as it is served, around the payload where it has two forms
    std::uint32_t payload_begin = 0;
    std::uint32_t payload_size = 0;  // 0: the text itself
    std::string identity;            // as JSON members
    std::int64_t time_ms = 0;
};

// Members of the object, as they stand there, for an identity; those that it lacks are left out.
std::string MembersOf(std::string_view object, const std::vector<std::string_view>& keys);

// Makes a recording of captures. Sessions of one instrument from different years are refused.
class StreamLoader {
  public:
    struct Stream {
        std::uint32_t number = 0;  // in the hub
        std::string symbol;
        FrameKind kind = FrameKind::kOther;
    };

    using Streams = std::map<std::string, Stream>;  // by name

    // Nothing where the line is no message of a stream.
    using ReadMessage = std::function<std::optional<StreamMessage>(const CaptureLine&)>;
    // What else there is: REST answers. False where it is of no use.
    using ReadOther = std::function<bool(const CaptureLine&)>;

    // `market`: as captures call it; empty: all of the exchange.
    StreamLoader(
        Hub& hub, std::string exchange, std::string market, ReadMessage message, ReadOther other
    )
        : hub_(hub),
          exchange_(std::move(exchange)),
          market_(std::move(market)),
          read_message_(std::move(message)),
          read_other_(std::move(other)) {}

    Status Load(const std::vector<CaptureFile>& files);
    // For ReadOther: the line is a REST answer with the whole book. Without a symbol it is that of
    // the file's only one.
    void AddSnapshot(const std::string& symbol, const CaptureLine& line);

    const Streams& streams() const { return streams_; }
    // What was left out and why.
    std::vector<std::string> Remarks() const;
    Recording Take() { return std::move(recording_); }

  private:
    void AddLine(const CaptureLine& line);
    void AddMessage(const StreamMessage& message, std::int64_t recv_ns);
    void NameSnapshots();
    Status CheckYears(const std::string& file);
    std::uint32_t SymbolIndex(const std::string& symbol);

    Hub& hub_;
    const std::string exchange_;
    const std::string market_;
    const ReadMessage read_message_;
    const ReadOther read_other_;
    Recording recording_;
    Streams streams_;
    std::map<std::string, std::uint32_t> symbols_;
    std::map<std::string, int> file_years_;  // of the file being read
    std::map<std::string, int> years_;
    std::vector<std::size_t> unnamed_;  // snapshots of the file being read
    std::map<std::string, std::size_t> skipped_;
};

}  // namespace mp::sim
