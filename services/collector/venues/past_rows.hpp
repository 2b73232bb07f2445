#pragma once
// Takes what a venue's row readers give, where rows come as answers of REST instead of frames.

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/venues/event_builder.hpp"
#include "collector/venues/history.hpp"
#include "collector/venues/json/cursor.hpp"

namespace mp::collector {

class PastRows final : private FrameSink {
  public:
    explicit PastRows(const Asked& asked) {
        builder_.Begin(*this, asked.received_ts);
        builder_.Select(0, asked.facts);
    }
    PastRows(const PastRows&) = delete;
    PastRows& operator=(const PastRows&) = delete;

    EventBuilder& builder() { return builder_; }

    // The numbered ones, ascending, whatever order they came in.
    std::vector<PastTrade> TakeTrades() {
        std::sort(trades_.begin(), trades_.end(), [](const PastTrade& a, const PastTrade& b) {
            return a.number < b.number;
        });
        return std::move(trades_);
    }
    std::vector<model::Event>& events() { return events_; }

  private:
    void OnEvent(InstrumentId, const model::Event& event, const ChainLink* link) override {
        if (link != nullptr) {
            trades_.push_back({link->last, event});
        } else {
            events_.push_back(event);
        }
    }
    void OnNotice(const Notice&) override {}

    EventBuilder builder_;
    std::vector<PastTrade> trades_;
    std::vector<model::Event> events_;
};

// Reads an object: `member` is told each key and its value as it stands.
template <typename Member>
ParseError ForEachMember(json::Cursor& cursor, Member&& member) {
    if (!cursor.Take('{')) return ParseError::kType;
    if (cursor.Take('}')) return ParseError::kNone;
    do {
        std::string_view key;
        std::string_view value;
        if (!cursor.TakeKey(key) || !cursor.TakeValue(value)) return ParseError::kSyntax;
        member(key, value);
    } while (cursor.Take(','));
    return cursor.Take('}') ? ParseError::kNone : ParseError::kSyntax;
}

inline Status UnreadableAnswer(std::string_view what, ParseError error) {
    if (error == ParseError::kNone) return OkStatus();
    return absl::InternalError(
        std::string(what) + " is unreadable: " + std::string(ToString(error))
    );
}

// The first millisecond that is not before `time`.
inline int64_t MillisFrom(Nanos time) {
    return (time + kMillisecond - 1) / kMillisecond;
}

}  // namespace mp::collector
