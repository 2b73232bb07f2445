#pragma once
// The frames that a WebSocket client is sent, as docs/api.md describes them: a piece of several
// that are written together. Not thread-safe.
#include <string>
#include <string_view>
#include <utility>

#include "gateway/candles/candle_session.hpp"
#include "gateway/live/live_output.hpp"
#include "telemetry/metrics.hpp"
#include "wire/event_codec.hpp"

namespace mp::gateway {

class Frames {
  public:
    // `undecodable` counts the events that no frame could be made of.
    explicit Frames(telemetry::Counter undecodable = {}) : undecodable_(undecodable) {}

    // A frame of `type` for subscription `id`, with one more field where `key` is given.
    void Simple(
        std::string_view type,
        std::string_view id,
        std::string_view key = {},
        std::string_view value = {}
    );
    void Error(std::string_view id, const Status& status, std::string_view token = {});
    void Event(std::string_view id, const LiveRow& row, std::string_view token);
    void Lagged(std::string_view id, uint64_t count);
    void Gap(std::string_view id, const LiveGap& gap);
    void Candle(
        std::string_view id, const CandleSeries& series, uint64_t revision, const pb::Candle& bar
    );

    bool empty() const { return encoded_.empty(); }
    std::string Take() { return std::exchange(encoded_, {}); }

  private:
    // `fields` writes what comes after the type and the id.
    template <typename Fields>
    void Append(std::string_view type, std::string_view id, Fields fields);

    std::string encoded_;
    std::string text_;
    wire::EventDecoder decoder_;
    telemetry::Counter undecodable_;
};

}  // namespace mp::gateway
