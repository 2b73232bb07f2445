#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "exchange-sim/faults.hpp"
#include "exchange-sim/source.hpp"
#include "exchange-sim/venue.hpp"

namespace mp::sim {

// What the protocols of exchanges have in common whose books begin in their streams.
class StreamVenue : public Venue {
  public:
    WsLimits LimitsOf(const WsLimits& asked) const override;
    void Resend(std::uint32_t stream) override { source_.SendBook(stream, nullptr); }
    void RestartIds(std::uint32_t stream) override { source_.RestartIds(stream); }

  protected:
    // `look`: how often each connection's state is looked at.
    StreamVenue(const Plant& plant, Source& source, std::chrono::milliseconds look)
        : plant_(plant), source_(source), look_(look) {}

    // The connection gets the stream, unless it has it; `bar_ms`: of candles, else 0.
    void Attach(WsSession& session, const std::string& name, std::int64_t bar_ms);
    // False where it did not have it.
    bool Detach(WsSession& session, const std::string& name);
    // What the stream begins with.
    virtual void SendFirst(WsSession& session, std::uint32_t stream) {
        source_.SendBook(stream, &session);
    }
    // Writes into the log what happened to which streams.
    void Note(std::string_view what, const WsSession& session, std::string_view streams) const;

    // Whether a fault spoils the next sign of life.
    bool TakeNoPong() const { return TakeFault(Fault::Kind::kNoPong, "").has_value(); }
    std::optional<Fault> TakeFault(Fault::Kind kind, std::string_view symbol) const {
        return plant_.outlet.faults().Take(kind, symbol);
    }
    // Answers a subscription as the fault wants it: ack(odd) before or behind rest().
    template <typename Ack, typename Rest>
    static void Acknowledge(const std::optional<Fault>& fault, Ack&& ack, Rest&& rest) {
        const std::string_view how = fault ? std::string_view(fault->variant) : "";
        if (how != "late" && how != "missing") ack(how == "odd");
        rest();
        if (how == "late") ack(false);
    }

    const Plant plant_;
    Source& source_;

  private:
    const std::chrono::milliseconds look_;
};

// The text of that member; empty where there is none.
std::string TextOf(const nlohmann::json& value, const char* key);

}  // namespace mp::sim
