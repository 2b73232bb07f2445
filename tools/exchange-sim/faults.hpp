#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "exchange-sim/frame.hpp"

namespace mp::sim {

// Something that goes wrong on command. Text form (command line): "at=1000,kind=drop_delta,
// symbol=BTCUSDT,count=2"; as JSON (POST /sim/fault) the same members. The README lists the kinds.
struct Fault {
    enum class Kind {
        kDropDelta,
        kCut,
        kSilent,
        kGarbage,
        kDuplicate,
        kReorder,
        kShutdownNotice,
        kDrop,
        kBadChecksum,
        kResnapshot,
        kNoSnapshot,
        kIdReset,
        kAck,
        kErrorFrame,
        kNoPong,
        kNoAnswer,
        kToken,
        kHttp429,
        kHttp418,
        kHttp500,
        kHttpHang,
        kStaleSnapshot
    };

    Kind kind = Kind::kCut;
    std::uint64_t at = 0;  // number of the market message that triggers it; 0 = now
    std::string symbol;    // only frames or requests of this symbol; empty = all
    std::string stream;    // only frames of this stream; empty = all
    std::string path;      // only requests whose path begins so; empty = all
    int count = 1;         // how many frames or requests
    double seconds = 0;    // silent, http_hang, shutdown_notice, token
    int retry_after = 0;   // http_429, http_418
    std::string variant;   // garbage, ack: which; cut: "reset"; http_429: another status

    bool ConcernsHttp() const { return kind >= Kind::kHttp429; }
    bool Matches(const Frame& frame) const;
};

Result<Fault> ParseFault(std::string_view text);
Result<Fault> ParseFaultJson(std::string_view json);
std::string_view FaultName(Fault::Kind kind);

// Which faults are waiting for their message, and which are at work.
class FaultPlan {
  public:
    void Add(Fault fault) { waiting_.push_back(std::move(fault)); }

    bool quiet() const { return waiting_.empty() && active_.empty(); }
    // Moves what is due at this message number to the active ones. Returns the number moved.
    std::size_t Activate(std::uint64_t number);
    // Uses up one occasion of an active fault of this kind that concerns the frame.
    std::optional<Fault> Take(Fault::Kind kind, const Frame& frame);
    // The same where there is no frame: of a symbol, or of nothing in particular (empty).
    std::optional<Fault> Take(Fault::Kind kind, std::string_view symbol);
    // The same for a REST request of a symbol (empty where it names none).
    std::optional<Fault> TakeHttp(std::string_view symbol, std::string_view path);
    std::optional<Fault> TakeStaleSnapshot(std::string_view symbol);
    // Active faults that act on connections rather than on one frame.
    std::vector<Fault> TakeImmediate();

    std::size_t waiting() const { return waiting_.size(); }
    std::size_t active() const { return active_.size(); }

  private:
    template <typename Predicate>
    std::optional<Fault> TakeWhere(Predicate&& predicate);

    std::vector<Fault> waiting_;
    std::vector<Fault> active_;
};

}  // namespace mp::sim
