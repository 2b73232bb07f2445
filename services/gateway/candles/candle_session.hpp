#pragma once
// What a subscriber to bars is given: each bar as the store computes it, again whenever a trade, a
// late one or a repair changes it, and once more when it is final. Between two looks at a bar its
// changes are one. One io_context thread; what it references outlives it.
//
// Trades and claims of the live stream say which bars may have changed; the store is asked for them
// once it has committed what was seen. So what is given equals history to the digit.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "gateway/candles/candle_marks.hpp"
#include "gateway/live/live.hpp"
#include "gateway/query/history.hpp"
#include "runtime/task.hpp"
#include "wire/event_codec.hpp"

namespace mp::gateway {

struct CandleSeries {
    model::Instrument instrument;
    std::string interval;  // as /candles takes it
};

struct CandleRequest {
    std::vector<CandleSeries> series;
    std::optional<Nanos> from;  // bars that open since then come first; without: the last two
};

class CandleSession {
  public:
    static constexpr size_t kMaxSeries = 100;

    // A bar that is new or has changed, the `revision`th time. False: nobody listens any more.
    using Give = std::function<
        Task<bool>(const CandleSeries& series, uint64_t revision, const pb::Candle& bar)>;

    CandleSession(Live& live, History& history, const Clock& clock = DefaultClock())
        : live_(live), history_(history), clock_(clock) {}

    // Checks the request and begins to listen. Errors name what is wrong.
    Task<Status> Start(CandleRequest request, Deadline deadline);

    // Until `give` says so, `stopped` is true, or an error: what a bar costs too much
    // (query.max_rows, query.max_time of storage), or the stream's own.
    Task<Status> Run(Give give, std::function<bool()> stopped);

  private:
    struct Watched {
        CandleSeries series;
        CandleMarks marks;
        std::vector<model::Interval> waiting = {};  // to be asked for
        uint64_t seen = 0;    // the store must have committed this message first
        bool begun = false;   // the first bars are given
        Nanos next_look = 0;  // on the steady clock

        bool empty() const { return begun && waiting.empty() && marks.empty(); }
    };

    void Note(const LiveOutput& out);
    void NoteClaim(const LiveRow& row);
    template <typename Do>
    void ForEach(const model::Instrument& instrument, Do&& each);
    Task<Status> Follow(std::function<bool()> stopped);
    Task<Status> Look(Give give, std::function<bool()> stopped);
    // Everything up to this message is committed; 0 where the store cannot be asked.
    Task<uint64_t> Committed();
    Task<Status> LookAt(Watched& watched, uint64_t committed, const Give& give);
    // Asks for all bars that open in it, page by page. Unavailable: later.
    Task<Status> Ask(Watched& watched, std::optional<model::Interval> bars, const Give& give);

    Live& live_;
    History& history_;
    const Clock& clock_;
    std::unique_ptr<LiveSession> session_;
    std::optional<Nanos> from_;
    std::vector<std::unique_ptr<Watched>> watched_;
    wire::EventDecoder decoder_;
};

}  // namespace mp::gateway
