#include "wire/convert.hpp"

#include "wire/book_side.hpp"
#include "wire/event_codec.hpp"

namespace mp::wire {
namespace {

Status Bad(const std::string& what) {
    return absl::InvalidArgumentError(what);
}

// An enum of the model by its number; both sides number alike.
template <typename To, typename From>
Result<To> Known(From value, To first, To last, std::string_view field) {
    const int number = static_cast<int>(value);
    if (number < static_cast<int>(first) || number > static_cast<int>(last)) {
        return Bad(std::string(field) + ": not a known value: " + std::to_string(number));
    }
    return static_cast<To>(number);
}

}  // namespace

pb::Market ToProto(model::Market market) {
    return static_cast<pb::Market>(market);
}
pb::DataType ToProto(model::DataType type) {
    return static_cast<pb::DataType>(type);
}
pb::CoverageState ToProto(model::CoverageState state) {
    return static_cast<pb::CoverageState>(state);
}
pb::CoverageBasis ToProto(model::CoverageBasis basis) {
    return static_cast<pb::CoverageBasis>(basis);
}

Result<model::Market> FromProto(pb::Market market) {
    return Known(market, model::Market::kSpot, model::Market::kOption, "market");
}

Result<model::DataType> FromProto(pb::DataType type) {
    return Known(type, model::DataType::kTrade, model::DataType::kCoverage, "data_type");
}

void ToProto(const model::Instrument& instrument, pb::Instrument& out) {
    out.set_exchange(instrument.exchange);
    out.set_market(ToProto(instrument.market));
    out.set_symbol(instrument.symbol);
    out.set_venue_symbol(instrument.venue_symbol);
}

Result<model::Instrument> FromProto(const pb::Instrument& instrument) {
    if (instrument.exchange().empty()) return Bad("exchange: must not be empty");
    const auto market = FromProto(instrument.market());
    if (!market.ok()) return market.status();
    if (instrument.symbol().empty()) return Bad("symbol: must not be empty");
    return model::Instrument{
        instrument.exchange(), *market, instrument.symbol(), instrument.venue_symbol()};
}

void ToProto(const model::Series& series, pb::Series& out) {
    ToProto(series.instrument, *out.mutable_instrument());
    out.set_data_type(ToProto(series.data_type));
}

Result<model::Series> FromProto(const pb::Series& series) {
    auto instrument = FromProto(series.instrument());
    if (!instrument.ok()) return instrument.status();
    const auto type = FromProto(series.data_type());
    if (!type.ok()) return type.status();
    return model::Series{std::move(*instrument), *type};
}

void ToProto(const Decimal& value, pb::Decimal& out) {
    out.set_mantissa(value.mantissa);
    out.set_scale(value.scale);
}

Result<Decimal> FromProto(const pb::Decimal& value) {
    Decimal decimal;
    if (!MakeDecimal(value.mantissa(), value.scale(), decimal)) {
        return Bad("a decimal is out of range");
    }
    return decimal;
}

void ToProto(std::span<const model::Level> levels, pb::BookSide& out) {
    std::string bytes(MaxSideSize(levels.size()), '\0');
    FieldWriter writer(bytes.data());
    WriteSide(levels, writer);
    out.ParseFromArray(bytes.data(), static_cast<int>(writer.end() - bytes.data()));
}

Status FromProto(const pb::BookSide& side, std::vector<model::Level>& out) {
    const char* const error = SideReader{}.Read(side.SerializeAsString(), out);
    return error == nullptr ? OkStatus() : Bad(error);
}

void ToProto(const model::Coverage& coverage, pb::Coverage& out) {
    out.Clear();
    out.set_data_type(ToProto(coverage.data_type));
    out.set_from_ts(coverage.from_ts);
    out.set_to_ts(coverage.to_ts);
    if (coverage.from_id) out.set_from_id(*coverage.from_id);
    if (coverage.to_id) out.set_to_id(*coverage.to_id);
    out.set_basis(ToProto(coverage.basis));
    out.set_state(ToProto(coverage.state));
    out.set_reason(std::string(coverage.reason));
    if (coverage.missing) out.set_missing(*coverage.missing);
    out.set_detected_ts(coverage.detected_ts);
    out.set_source(std::string(coverage.source));
}

Result<model::Coverage> FromProto(const pb::Coverage& coverage) {
    const auto type = Known(
        coverage.data_type(), model::DataType::kUnspecified, model::DataType::kCoverage, "data_type"
    );
    if (!type.ok()) return type.status();
    const auto basis = Known(
        coverage.basis(),
        model::CoverageBasis::kUnspecified,
        model::CoverageBasis::kConnection,
        "basis"
    );
    if (!basis.ok()) return basis.status();
    const auto state = Known(
        coverage.state(),
        model::CoverageState::kUnspecified,
        model::CoverageState::kUnrepairable,
        "state"
    );
    if (!state.ok()) return state.status();
    model::Coverage out;
    out.data_type = *type;
    out.basis = *basis;
    out.state = *state;
    out.from_ts = coverage.from_ts();
    out.to_ts = coverage.to_ts();
    if (coverage.has_from_id()) out.from_id = coverage.from_id();
    if (coverage.has_to_id()) out.to_id = coverage.to_id();
    out.reason = coverage.reason();
    if (coverage.has_missing()) out.missing = coverage.missing();
    out.detected_ts = coverage.detected_ts();
    out.source = coverage.source();
    return out;
}

void ToProto(const model::CoverageSpan& span, model::DataType type, pb::Coverage& out) {
    model::Coverage coverage;
    coverage.data_type = type;
    coverage.basis = span.basis;
    coverage.state = span.state;
    coverage.from_ts = span.interval.from;
    coverage.to_ts = span.interval.to;
    coverage.from_id = span.from_id;
    coverage.to_id = span.to_id;
    coverage.reason = span.reason;
    coverage.missing = span.missing;
    coverage.detected_ts = span.detected_ts;
    coverage.source = span.source;
    ToProto(coverage, out);
}

void ToProto(std::span<const model::Gap> gaps, pb::CoverageReport& out) {
    out.Clear();
    out.set_complete(gaps.empty());
    for (const model::Gap& gap : gaps) {
        pb::Gap& to = *out.add_gaps();
        to.set_from_ts(gap.interval.from);
        to.set_to_ts(gap.interval.to);
        to.set_state(ToProto(gap.state));
        to.set_reason(gap.reason);
        if (gap.missing) to.set_missing(*gap.missing);
    }
}

void ToProto(const model::Candle& candle, pb::Candle& out) {
    out.set_open_time(candle.open_time);
    out.set_close_time(candle.close_time);
    ToProto(candle.open, *out.mutable_open());
    ToProto(candle.high, *out.mutable_high());
    ToProto(candle.low, *out.mutable_low());
    ToProto(candle.close, *out.mutable_close());
    out.set_volume(candle.volume);
    out.set_quote_volume(candle.quote_volume);
    out.set_vwap(candle.vwap);
    out.set_trade_count(candle.trade_count);
    out.set_complete(candle.complete);
    if (candle.number) out.set_number(*candle.number);
}

void ToProto(const model::Event& event, pb::Event& out) {
    std::string bytes;
    AppendEvent(event, bytes);
    out.ParseFromString(bytes);
}

}  // namespace mp::wire
