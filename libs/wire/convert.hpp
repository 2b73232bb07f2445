#pragma once
// model <-> generated protobuf classes, for everything off the hot path (requests, answers,
// metadata). From proto to model is checked: InvalidArgument names the field. Thread-safe.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/decimal.hpp"
#include "base/status.hpp"
#include "marketprism/v1/event.pb.h"
#include "marketprism/v1/instrument.pb.h"
#include "marketprism/v1/query.pb.h"
#include "model/coverage.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"
#include "model/trade_bar.hpp"

namespace mp::wire {

namespace pb = ::marketprism::v1;

pb::Market ToProto(model::Market market);
pb::DataType ToProto(model::DataType type);
pb::CoverageState ToProto(model::CoverageState state);
pb::CoverageBasis ToProto(model::CoverageBasis basis);
Result<model::Market> FromProto(pb::Market market);    // unspecified is refused
Result<model::DataType> FromProto(pb::DataType type);  // unspecified is refused

void ToProto(const model::Instrument& instrument, pb::Instrument& out);
Result<model::Instrument> FromProto(const pb::Instrument& instrument);

void ToProto(const model::Series& series, pb::Series& out);
Result<model::Series> FromProto(const pb::Series& series);

void ToProto(const Decimal& value, pb::Decimal& out);
Result<Decimal> FromProto(const pb::Decimal& value);

// Columns at a common scale where one holds every level, else one scale a level; best level first.
void ToProto(std::span<const model::Level> levels, pb::BookSide& out);
Status FromProto(const pb::BookSide& side, std::vector<model::Level>& out);

void ToProto(const model::Coverage& coverage, pb::Coverage& out);
// Its texts look into `coverage`.
Result<model::Coverage> FromProto(const pb::Coverage& coverage);

// `type`: whose series the span belongs to.
void ToProto(const model::CoverageSpan& span, model::DataType type, pb::Coverage& out);
// Complete, or the gaps.
void ToProto(std::span<const model::Gap> gaps, pb::CoverageReport& out);
void ToProto(const model::Candle& candle, pb::Candle& out);

// Through the bytes of event_codec.hpp.
void ToProto(const model::Event& event, pb::Event& out);

}  // namespace mp::wire
