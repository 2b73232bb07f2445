#include "gateway/api/route.hpp"

namespace mp::gateway {
namespace {

using K = ParameterKind;

constexpr Parameter kExchange{"exchange", K::kText, true, "the exchange, e.g. binance"};
constexpr Parameter kAnyExchange{"exchange", K::kText, false, "only this exchange"};
constexpr Parameter kMarket{
    "market",
    K::kMarket,
    false,
    "spot, linear, inverse or option; needed where a symbol exists in several"};
constexpr Parameter kSymbol{
    "symbol", K::kText, true, "canonical (BTC-USDT) or the venue's own (BTCUSDT)"};
constexpr Parameter kItsExchange{
    "exchange", K::kText, false, "the exchange; needed where `symbols` does not name it"};
constexpr Parameter kOneSymbol{
    "symbol", K::kText, false, "canonical (BTC-USDT) or the venue's own (BTCUSDT)"};
constexpr Parameter kSymbols{
    "symbols",
    K::kSymbols,
    false,
    "instead of `symbol`: up to 100, merged in time order: BTC-USDT,okx:spot:ETH-USDT"};
constexpr Parameter kEvery{
    "every",
    K::kEvery,
    false,
    "a duration, 1ms to 366d: of each such interval of UTC only the last event of a series"};
constexpr Parameter kAnySymbol{"symbol", K::kText, false, "only this symbol"};
constexpr Parameter kDataType{
    "data_type", K::kDataType, true, "trade, book_delta, book_snapshot, bbo, ticker, kline, ..."};
constexpr Parameter kAnyDataType{"data_type", K::kDataType, false, "only this data type"};
constexpr Parameter kStart{
    "start", K::kTime, false, "inclusive; without it the latest `limit` rows"};
constexpr Parameter kEnd{"end", K::kTime, false, "exclusive"};
constexpr Parameter kLimit{"limit", K::kLimit, false, "rows, 1 to 10000, default 1000"};
constexpr Parameter kCursor{"cursor", K::kText, false, "next_cursor of the answer before"};
constexpr Parameter kFormat{"format", K::kFormat, false, "json (default), ndjson or csv"};
constexpr Parameter kJsonOnly{"format", K::kJsonOnly, false, "json, the only one of this route"};
constexpr Parameter kInterval{"interval", K::kInterval, false, "only this interval, e.g. 1m"};
constexpr Parameter kBarInterval{
    "interval", K::kInterval, true, "length of a bar, e.g. 1s, 15m, 1h, 1d, 1w, 1M"};
constexpr Parameter kBars{
    "interval",
    K::kBars,
    true,
    "a bar's length (1s, 15m, 1h, 1d, 1w, 1M), trades (100t) or volume in the base currency "
    "(0.5v)"};
constexpr Parameter kDepth{"depth", K::kDepth, false, "levels a side, 0: all, default 100"};
constexpr Parameter kAt{"at", K::kTime, false, "the book at this instant; without it now"};
constexpr Parameter kTaskKind{"kind", K::kText, false, "only this kind"};
constexpr Parameter kTaskStatus{
    "status", K::kText, false, "pending, running, succeeded, failed, dead or cancelled"};

constexpr Parameter kEventParameters[] = {
    kDataType,
    kItsExchange,
    kMarket,
    kOneSymbol,
    kSymbols,
    kStart,
    kEnd,
    kLimit,
    kCursor,
    kInterval,
    kEvery,
    kFormat};
constexpr Parameter kSeriesParameters[] = {
    kItsExchange, kMarket, kOneSymbol, kSymbols, kStart, kEnd, kLimit, kCursor, kEvery, kFormat};
constexpr Parameter kLiquidationParameters[] = {
    kItsExchange, kMarket, kOneSymbol, kSymbols, kStart, kEnd, kLimit, kCursor, kFormat};
constexpr Parameter kKlineParameters[] = {
    kExchange, kMarket, kSymbol, kBarInterval, kStart, kEnd, kLimit, kCursor, kFormat};
constexpr Parameter kCandleParameters[] = {
    kExchange, kMarket, kSymbol, kBars, kStart, kEnd, kLimit, kCursor, kFormat};
constexpr Parameter kBookParameters[] = {kExchange, kMarket, kSymbol, kAt, kDepth, kJsonOnly};
constexpr Parameter kOneParameters[] = {kExchange, kMarket, kSymbol, kJsonOnly};
constexpr Parameter kCoverageParameters[] = {
    kExchange, kMarket, kSymbol, kAnyDataType, kStart, kEnd, kFormat};
constexpr Parameter kInstrumentParameters[] = {
    kAnyExchange, kMarket, kAnySymbol, kLimit, kCursor, kFormat};
constexpr Parameter kTaskParameters[] = {kTaskKind, kTaskStatus, kLimit, kJsonOnly};
constexpr Parameter kPlainParameters[] = {kJsonOnly};

constexpr net::HttpMethod kGet = net::HttpMethod::kGet;
constexpr net::HttpMethod kPost = net::HttpMethod::kPost;
constexpr bool kKept = true;
constexpr bool kNotKept = false;

constexpr Route kRoutes[] = {
    {Operation::kEvents,
     kGet,
     "/api/v1/events",
     "Events of any series, as normalised",
     kEventParameters,
     Role::kReader,
     kKept},
    {Operation::kTrades, kGet, "/api/v1/trades", "Trades", kSeriesParameters, Role::kReader, kKept},
    {Operation::kOrderBook,
     kGet,
     "/api/v1/orderbook",
     "The order book, now or at any instant",
     kBookParameters,
     Role::kReader,
     kKept},
    {Operation::kBbo,
     kGet,
     "/api/v1/bbo",
     "Best bid and offer now",
     kOneParameters,
     Role::kReader,
     kKept},
    {Operation::kTicker,
     kGet,
     "/api/v1/ticker",
     "The venue's 24 h statistics",
     kSeriesParameters,
     Role::kReader,
     kKept},
    {Operation::kKlines,
     kGet,
     "/api/v1/klines",
     "The venue's bars, the latest state of each",
     kKlineParameters,
     Role::kReader,
     kKept},
    {Operation::kCandles,
     kGet,
     "/api/v1/candles",
     "Bars computed from trades: of so much time, so many trades or so much volume",
     kCandleParameters,
     Role::kReader,
     kKept},
    {Operation::kFundingRates,
     kGet,
     "/api/v1/funding-rates",
     "Funding rates",
     kSeriesParameters,
     Role::kReader,
     kKept},
    {Operation::kOpenInterest,
     kGet,
     "/api/v1/open-interest",
     "Open interest",
     kSeriesParameters,
     Role::kReader,
     kKept},
    {Operation::kLiquidations,
     kGet,
     "/api/v1/liquidations",
     "Liquidations, side of the forced order",
     kLiquidationParameters,
     Role::kReader,
     kKept},
    {Operation::kMarkPrices,
     kGet,
     "/api/v1/mark-prices",
     "Mark and index prices",
     kSeriesParameters,
     Role::kReader,
     kKept},
    {Operation::kCoverage,
     kGet,
     "/api/v1/coverage",
     "What is complete, and every gap",
     kCoverageParameters,
     Role::kReader,
     kKept},
    {Operation::kInstruments,
     kGet,
     "/api/v1/instruments",
     "Instruments with their metadata",
     kInstrumentParameters,
     Role::kReader,
     kKept},
    {Operation::kServices, kGet, "/api/v1/services", "Live service instances", kPlainParameters},
    {Operation::kJobs, kGet, "/api/v1/jobs", "Scheduled jobs", kPlainParameters},
    {Operation::kTasks, kGet, "/api/v1/tasks", "Tasks of the last 24 hours", kTaskParameters},
    {Operation::kTask, kGet, "/api/v1/tasks/{id}", "One task and its result", kPlainParameters},
    {Operation::kVersion,
     kGet,
     "/api/v1/version",
     "Version of this gateway and its API",
     kPlainParameters},
    {Operation::kAddInstruments,
     kPost,
     "/api/v1/instruments",
     "Collect further instruments",
     {},
     Role::kOperator,
     kNotKept,
     R"({"instruments":[{"exchange","market","symbol"}],"data_types":[...]?})"},
    {Operation::kRemoveInstruments,
     kPost,
     "/api/v1/instruments/remove",
     "Collect instruments no longer; what is stored stays",
     {},
     Role::kOperator,
     kNotKept,
     R"({"instruments":[{"exchange","market","symbol"}]})"},
    {Operation::kSubmitTask,
     kPost,
     "/api/v1/tasks",
     "Enqueue a task",
     {},
     Role::kOperator,
     kNotKept,
     R"({"kind","priority"?,"payload"?,"timeout"?})"},
    {Operation::kCancelTask,
     kPost,
     "/api/v1/tasks/{id}/cancel",
     "Cancel a task",
     {},
     Role::kOperator},
    {Operation::kRunJob, kPost, "/api/v1/jobs/{id}/run", "Run a job now", {}, Role::kOperator},
    {Operation::kPauseJob, kPost, "/api/v1/jobs/{id}/pause", "Pause a job", {}, Role::kOperator},
    {Operation::kResumeJob, kPost, "/api/v1/jobs/{id}/resume", "Resume a job", {}, Role::kOperator},
};

}  // namespace

std::span<const Route> Routes() {
    return kRoutes;
}

model::DataType TypeOf(Operation operation) {
    switch (operation) {
        case Operation::kTrades:
            return model::DataType::kTrade;
        case Operation::kBbo:
            return model::DataType::kBbo;
        case Operation::kTicker:
            return model::DataType::kTicker;
        case Operation::kKlines:
            return model::DataType::kKline;
        case Operation::kFundingRates:
            return model::DataType::kFundingRate;
        case Operation::kOpenInterest:
            return model::DataType::kOpenInterest;
        case Operation::kLiquidations:
            return model::DataType::kLiquidation;
        case Operation::kMarkPrices:
            return model::DataType::kMarkPrice;
        default:
            return model::DataType::kUnspecified;
    }
}

}  // namespace mp::gateway
