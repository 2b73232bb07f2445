#include "collector/venues/bybit/ticker_reader.hpp"

namespace mp::collector::bybit {
namespace {

// Members of interest, those of one series beside each other; the enumerators index them.
constexpr json::Names kNames = {
    "lastPrice",
    "prevPrice24h",
    "highPrice24h",
    "lowPrice24h",
    "turnover24h",
    "volume24h",
    "markPrice",
    "indexPrice",
    "openInterest",
    "openInterestValue",
    "nextFundingTime",
    "fundingRate"};
enum : size_t {
    kLast,
    kOpen,
    kHigh,
    kLow,
    kTurnover,
    kVolume,
    kMark,
    kIndex,
    kInterest,
    kInterestValue,
    kNextFunding,
    kFunding
};

}  // namespace

ParseError TickerReader::Read(json::Cursor& cursor) noexcept {
    return ReadMembers(cursor, kNames, row_);
}

bool TickerReader::Says(size_t first, size_t last) const noexcept {
    for (size_t at = first; at <= last; ++at) {
        if (!row_[at].empty()) return true;
    }
    return false;
}

// A member that is not there has not changed; one without a value has none.
ParseError TickerReader::Update(State& state) const noexcept {
    json::TokenReader reader;
    const auto change = [&](size_t at, std::optional<Decimal>& value) {
        if (!row_[at].empty()) reader.Decimal(row_[at], value);
    };
    change(kLast, state.ticker.last_price);
    change(kOpen, state.ticker.open_price);
    change(kHigh, state.ticker.high_price);
    change(kLow, state.ticker.low_price);
    change(kVolume, state.ticker.volume);
    change(kTurnover, state.ticker.quote_volume);
    change(kMark, state.mark.mark_price);
    change(kIndex, state.mark.index_price);
    change(kInterest, state.interest.open_interest);
    change(kInterestValue, state.interest.open_interest_value);
    change(kFunding, state.funding_rate);
    if (!row_[kNextFunding].empty()) reader.Time(row_[kNextFunding], state.next_funding_time);
    return reader.error();
}

ParseError TickerReader::Emit(const Header& header, EventBuilder& out) noexcept {
    Nanos sent = 0;
    json::TokenReader reader;
    reader.Time(header.sent, sent);
    if (!header.IsSnapshot() && !header.IsDelta()) reader.Fail(header.TypeError());
    if (reader.error() != ParseError::kNone) return reader.error();
    State& kept = StateOf(out.instrument());
    State state = header.IsSnapshot() ? State() : kept;
    const ParseError error = Update(state);
    // Changes of what is not known tell nothing.
    if (error != ParseError::kNone || !(header.IsSnapshot() || kept.known)) return error;
    state.known = true;
    kept = state;
    out.SetTime(sent);
    EmitChanged(state, out);
    return ParseError::kNone;
}

void TickerReader::EmitChanged(const State& state, EventBuilder& out) const noexcept {
    const model::QuantityUnit unit = out.facts().quantity_unit;
    if (Says(kLast, kVolume)) {
        auto& body = out.New<model::Ticker>() = state.ticker;
        body.quantity_unit = unit;
        out.Emit(ParseError::kNone);
    }
    if (Says(kMark, kIndex) && (state.mark.mark_price || state.mark.index_price)) {
        out.New<model::MarkPrice>() = state.mark;
        out.Emit(ParseError::kNone);
    }
    if (Says(kInterest, kInterestValue) && state.interest.open_interest) {
        auto& body = out.New<model::OpenInterest>() = state.interest;
        body.quantity_unit = unit;
        out.Emit(ParseError::kNone);
    }
    if (Says(kNextFunding, kFunding) && state.funding_rate) EmitFunding(state, out);
}

void TickerReader::EmitFunding(const State& state, EventBuilder& out) noexcept {
    auto& body = out.New<model::FundingRate>();
    body.funding_rate = state.funding_rate;
    body.next_funding_time = state.next_funding_time;
    body.mark_price = state.mark.mark_price;
    body.index_price = state.mark.index_price;
    if (body.mark_price && body.index_price) {
        body.premium_index = Subtract(*body.mark_price, *body.index_price);
    }
    out.Emit(ParseError::kNone);
}

TickerReader::State& TickerReader::StateOf(InstrumentId instrument) noexcept {
    if (instrument >= states_.size()) states_.resize(instrument + 1);
    return states_[instrument];
}

}  // namespace mp::collector::bybit
