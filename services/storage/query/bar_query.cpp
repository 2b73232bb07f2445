#include "storage/query/bar_query.hpp"

#include <utility>

#include "model/count_bar.hpp"
#include "storage/query/candle_query.hpp"
#include "storage/query/count_bar_query.hpp"
#include "wire/convert.hpp"

namespace mp::storage {

Result<BarQuestion> ReadBarQuestion(
    const SeriesReader& engine, const pb::QueryCandlesRequest& request
) {
    Result<model::Instrument> instrument = wire::FromProto(request.instrument());
    if (!instrument.ok()) return Annotate(instrument.status(), "instrument");
    MP_RETURN_IF_ERROR(CheckKnown(engine, *instrument));
    BarQuestion question;
    question.series = {*std::move(instrument), model::DataType::kTrade};
    if (request.has_start()) question.start = request.start();
    if (request.has_end()) question.end = request.end();
    MP_RETURN_IF_ERROR(CheckInterval(question.start, question.end));
    if (request.limit() > kMaxBars) {
        return absl::InvalidArgumentError("limit: must not be above 10000");
    }
    if (request.limit() != 0) question.limit = request.limit();
    question.cursor = request.cursor();
    return question;
}

Result<std::unique_ptr<BarQuery>> BarQuery::Make(
    QueryContext context, const pb::QueryCandlesRequest& request
) {
    const Result<model::BarInterval> interval = model::ParseBarInterval(request.interval());
    if (!interval.ok()) return Annotate(interval.status(), "interval");
    Result<BarQuestion> question = ReadBarQuestion(context.engine, request);
    if (!question.ok()) return question.status();
    if (const auto* counted = std::get_if<model::CountInterval>(&*interval)) {
        return CountBarQuery::Open(std::move(context), *std::move(question), *counted);
    }
    return CandleQuery::Open(
        std::move(context), *std::move(question), std::get<model::CandleInterval>(*interval)
    );
}

}  // namespace mp::storage
