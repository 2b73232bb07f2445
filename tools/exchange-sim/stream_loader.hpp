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
    std::string text;      // as it is served
    std::string identity;  // as JSON members
    std::int64_t time_ms = 0;
};

// Reads the captures of an exchange whose messages say of which stream they are, and whose books
// begin inside their streams. Sessions of one instrument from different years are refused.
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
    // False where the REST answer is of no use.
    using ReadRest = std::function<bool(const CaptureLine&)>;

    StreamLoader(Hub& hub, std::string exchange, ReadMessage message, ReadRest rest)
        : hub_(hub),
          exchange_(std::move(exchange)),
          read_message_(std::move(message)),
          read_rest_(std::move(rest)) {}

    Status Load(const std::vector<std::string>& files);

    const Streams& streams() const { return streams_; }
    // What was left out and why.
    std::vector<std::string> Remarks() const;
    Recording Take() { return std::move(recording_); }

  private:
    void AddLine(const CaptureLine& line);
    void AddMessage(const StreamMessage& message, std::int64_t recv_ns);
    Status CheckYears(const std::string& file);
    std::uint32_t SymbolIndex(const std::string& symbol);

    Hub& hub_;
    const std::string exchange_;
    const ReadMessage read_message_;
    const ReadRest read_rest_;
    Recording recording_;
    Streams streams_;
    std::map<std::string, std::uint32_t> symbols_;
    std::map<std::string, int> file_years_;  // of the file being read
    std::map<std::string, int> years_;
    std::map<std::string, std::size_t> skipped_;
};

}  // namespace mp::sim
