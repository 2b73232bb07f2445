#include "gateway/rest/rest_face.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "gateway/api/columns.hpp"
#include "gateway/api/openapi.hpp"
#include "gateway/guard/idempotency_filter.hpp"
#include "gateway/rest/error_answer.hpp"
#include "gateway/rest/render.hpp"
#include "gateway/rest/tabular.hpp"
#include "net/query_params.hpp"
#include "rows/json_writer.hpp"
#include "wire/convert.hpp"

namespace mp::gateway {

using rows::JsonWriter;

namespace {

// Of the rows of one page as they are stored; as JSON several times as much.
constexpr uint64_t kPageBytes = 8u << 20;

pb::Instrument ToProto(const InstrumentName& name) {
    pb::Instrument instrument;
    instrument.set_exchange(name.exchange);
    if (name.market) instrument.set_market(wire::ToProto(*name.market));
    instrument.set_symbol(name.symbol);
    return instrument;
}

pb::Instrument InstrumentOf(const Arguments& arguments) {
    return ToProto({arguments.exchange, arguments.market, arguments.symbol});
}

template <class Request>
void SetInterval(const Arguments& arguments, Request& request) {
    if (arguments.start) request.set_start(*arguments.start);
    if (arguments.end) request.set_end(*arguments.end);
}

template <class Request>
void SetPage(const Arguments& arguments, Request& request) {
    SetInterval(arguments, request);
    request.set_limit(arguments.limit);
    request.set_cursor(arguments.cursor);
}

std::string_view ContentType(Format format) {
    switch (format) {
        case Format::kNdjson:
            return "application/x-ndjson";
        case Format::kCsv:
            return "text/csv; charset=utf-8";
        default:
            return "application/json";
    }
}

// {"data":...} -> {"data":...,"degraded":true}
std::string MarkDegraded(const std::string& body) {
    constexpr std::string_view kMark = ",\"degraded\":true}";
    if (body.empty() || body.back() != '}' || body.ends_with(kMark)) return body;
    return body.substr(0, body.size() - 1) + ",\"degraded\":true}";
}

net::HttpResponse ResponseOf(const SharedAnswer& shared, Format format) {
    const Answer& answer = *shared.answer;
    net::HttpResponse response = net::MakeResponse(200, ContentType(format), {});
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(shared.age);
    if (age.count() > 0) response.headers.Set("Age", std::to_string(age.count()));
    if (format == Format::kJson) {
        if (shared.degraded) {
            response.body = MarkDegraded(answer.body);
        } else {
            response.shared_body = {shared.answer, &answer.body};
        }
        return response;
    }
    response.shared_body = {shared.answer, &answer.body};
    if (!answer.next_cursor.empty()) response.headers.Set("X-Next-Cursor", answer.next_cursor);
    if (answer.complete) {
        response.headers.Set("X-Coverage-Complete", *answer.complete ? "true" : "false");
    }
    if (shared.degraded || answer.degraded) response.headers.Set("X-Degraded", "true");
    return response;
}

Result<Answer> AnswerOf(Result<std::string> body) {
    if (!body.ok()) return body.status();
    return Answer{.body = *std::move(body)};
}

std::string Version() {
    std::string body;
    JsonWriter json(body);
    json.BeginObject();
    json.Field("service", "api-gateway-service");
    json.Field("version", MP_VERSION);
    json.Field("api", "v1");
    json.EndObject();
    return body;
}

}  // namespace

void RestFace::Mount(net::Router& router) {
    for (const Route& route : Routes()) {
        router.Handle(route.method, route.path, [this, &route](const net::HttpRequest& request) {
            return Handle(route, request);
        });
    }
    router.Get("/openapi.json", [](const net::HttpRequest&) -> Task<net::HttpResponse> {
        co_return net::JsonResponse(200, OpenApiDocument());
    });
}

Task<net::HttpResponse> RestFace::Handle(const Route& route, const net::HttpRequest& request) {
    const auto trace = telemetry::TraceContext::Continue(
        request.headers.Get(telemetry::kTraceParentHeader).value_or(std::string_view())
    );
    const RequestContext context{request.deadline, trace};
    net::HttpResponse response = co_await Respond(route, request, context);
    response.headers.Set(telemetry::kTraceParentHeader, trace.ToTraceParent());
    co_return response;
}

Task<net::HttpResponse> RestFace::Respond(
    const Route& route, const net::HttpRequest& request, RequestContext context
) {
    const Result<net::QueryParams> query = net::QueryParams::Parse(request.query());
    if (!query.ok()) co_return ErrorAnswer(query.status());
    Result<Arguments> arguments = ParseArguments(route.parameters, *query);
    if (!arguments.ok()) co_return ErrorAnswer(arguments.status());
    arguments->id = request.Param("id");
    if (route.method != net::HttpMethod::kGet) {
        Result<std::string> body = co_await Change(route, request, context);
        if (!body.ok()) co_return ErrorAnswer(body.status());
        co_return net::JsonResponse(200, std::move(*body));
    }
    const Result<SharedAnswer> answer = co_await Cached(route, *arguments, context);
    if (!answer.ok()) co_return ErrorAnswer(answer.status());
    co_return ResponseOf(*answer, arguments->format);
}

Task<Result<SharedAnswer>> RestFace::Cached(
    const Route& route, Arguments arguments, RequestContext context
) {
    if (route.kept) Canonicalise(arguments);
    // A background refresh outlives this request: it gets a time of its own.
    const AnswerCache::Load load = [this, &route, arguments, context] {
        RequestContext own = context;
        own.deadline = Deadline::After(load_timeout_);
        return Read(route, arguments, own);
    };
    auto answer = co_await cache_.Get(route, arguments, load, context.deadline);
    // What is in memory serves on, and says so.
    if (answer.ok() && route.kept && history_.away()) answer->degraded = true;
    co_return answer;
}

// However an instrument is named, it is one answer.
void RestFace::Canonicalise(Arguments& arguments) const {
    if (arguments.symbol.empty()) return;
    const auto known = history_.instruments().Known(InstrumentOf(arguments));
    if (!known) return;
    arguments.market = known->market;
    arguments.symbol = known->symbol;
}

Task<Status> RestFace::Warm(const pb::Instrument& instrument, RequestContext context) {
    Arguments arguments;
    arguments.exchange = instrument.exchange();
    arguments.market = static_cast<model::Market>(instrument.market());
    arguments.symbol = instrument.symbol();
    for (const Route& route : Routes()) {
        const bool wanted =
            route.method == net::HttpMethod::kGet &&
            (route.operation == Operation::kInstruments || route.operation == Operation::kBbo);
        if (!wanted) continue;
        const Result<SharedAnswer> answer = co_await Cached(route, arguments, context);
        if (!answer.ok() && !absl::IsNotFound(answer.status())) co_return answer.status();
    }
    co_return OkStatus();
}

Task<Result<Answer>> RestFace::Read(
    const Route& route, Arguments arguments, RequestContext context
) {
    switch (route.operation) {
        case Operation::kOrderBook:
            co_return co_await OrderBook(arguments, context);
        case Operation::kBbo:
            co_return co_await Bbo(arguments, context);
        case Operation::kKlines:
            co_return co_await Klines(arguments, context);
        case Operation::kCandles:
            co_return co_await Candles(arguments, context);
        case Operation::kCoverage:
            co_return co_await Coverage(arguments, context);
        case Operation::kInstruments:
            co_return co_await ListInstruments(arguments, context);
        case Operation::kServices:
            co_return Answer{.body = Services()};
        case Operation::kVersion:
            co_return Answer{.body = Version()};
        case Operation::kJobs:
            co_return AnswerOf(co_await control_.ListJobs(context));
        case Operation::kTasks:
            co_return AnswerOf(co_await control_.ListTasks(arguments, context));
        case Operation::kTask:
            co_return AnswerOf(co_await control_.GetTask(arguments.id, context));
        default:
            co_return co_await Events(route.operation, arguments, context);
    }
}

Task<Result<std::string>> RestFace::Change(
    const Route& route, const net::HttpRequest& request, RequestContext context
) {
    std::string id(request.Param("id"));
    switch (route.operation) {
        case Operation::kAddInstruments:
            co_return co_await control_.AddInstruments(request.body, context);
        case Operation::kRemoveInstruments:
            co_return co_await control_.RemoveInstruments(request.body, context);
        case Operation::kSubmitTask:
            co_return co_await control_.SubmitTask(
                request.body, TaskIdFor(callers_, request), context
            );
        case Operation::kCancelTask:
            co_return co_await control_.CancelTask(std::move(id), context);
        case Operation::kRunJob:
            co_return co_await control_.RunJob(
                std::move(id), TaskIdFor(callers_, request), context
            );
        case Operation::kPauseJob:
            co_return co_await control_.PauseJob(std::move(id), context);
        case Operation::kResumeJob:
            co_return co_await control_.ResumeJob(std::move(id), context);
        default:
            co_return absl::UnimplementedError("this route changes nothing");
    }
}

Task<Result<Answer>> RestFace::Events(
    Operation operation, const Arguments& arguments, RequestContext context
) {
    pb::QueryEventsRequest request;
    for (const InstrumentName& name : arguments.instruments) {
        *request.add_instruments() = ToProto(name);
    }
    if (arguments.instruments.empty()) {
        *request.mutable_series()->mutable_instrument() = InstrumentOf(arguments);
    }
    const model::DataType type = arguments.data_type.value_or(TypeOf(operation));
    request.mutable_series()->set_data_type(wire::ToProto(type));
    request.set_interval(arguments.interval);
    request.set_every(arguments.every);
    SetPage(arguments, request);
    request.set_max_bytes(kPageBytes);
    Result<EventStream> stream = co_await history_.Events(std::move(request), context);
    if (!stream.ok()) co_return stream.status();
    const std::vector<std::string_view> columns = ColumnsOf(operation, type);
    co_return co_await RenderEvents(std::move(*stream), arguments.format, columns);
}

Task<Result<Answer>> RestFace::Klines(const Arguments& arguments, RequestContext context) {
    pb::QueryKlinesRequest request;
    *request.mutable_instrument() = InstrumentOf(arguments);
    request.set_interval(arguments.interval);
    SetPage(arguments, request);
    Result<EventStream> stream = co_await history_.Klines(std::move(request), context);
    if (!stream.ok()) co_return stream.status();
    const std::vector<std::string_view> columns =
        ColumnsOf(Operation::kKlines, model::DataType::kKline);
    co_return co_await RenderEvents(std::move(*stream), arguments.format, columns);
}

Task<Result<Answer>> RestFace::OrderBook(const Arguments& arguments, RequestContext context) {
    pb::GetOrderBookRequest request;
    *request.mutable_instrument() = InstrumentOf(arguments);
    if (arguments.at) request.set_at(*arguments.at);
    request.set_depth(arguments.depth);
    const auto book = co_await history_.OrderBook(std::move(request), context);
    if (!book.ok()) co_return book.status();
    co_return RenderBook(*book);
}

Task<Result<Answer>> RestFace::Bbo(const Arguments& arguments, RequestContext context) {
    pb::GetBboRequest request;
    *request.mutable_instrument() = InstrumentOf(arguments);
    const auto bbo = co_await history_.Bbo(std::move(request), context);
    if (!bbo.ok()) co_return bbo.status();
    co_return RenderEvent(bbo->instrument(), bbo->event(), bbo->degraded());
}

Task<Result<Answer>> RestFace::Candles(const Arguments& arguments, RequestContext context) {
    pb::QueryCandlesRequest request;
    *request.mutable_instrument() = InstrumentOf(arguments);
    request.set_interval(arguments.interval);
    SetPage(arguments, request);
    const auto candles = co_await history_.Candles(std::move(request), context);
    if (!candles.ok()) co_return candles.status();
    co_return InFormat(
        RenderCandles(*candles, arguments.interval),
        arguments.format,
        ColumnsOf(Operation::kCandles, model::DataType::kUnspecified)
    );
}

Task<Result<Answer>> RestFace::Coverage(const Arguments& arguments, RequestContext context) {
    pb::GetCoverageRequest request;
    *request.mutable_instrument() = InstrumentOf(arguments);
    if (arguments.data_type) request.set_data_type(wire::ToProto(*arguments.data_type));
    SetInterval(arguments, request);
    const auto coverage = co_await history_.Coverage(std::move(request), context);
    if (!coverage.ok()) co_return coverage.status();
    co_return InFormat(
        RenderCoverage(*coverage),
        arguments.format,
        ColumnsOf(Operation::kCoverage, model::DataType::kUnspecified)
    );
}

Task<Result<Answer>> RestFace::ListInstruments(const Arguments& arguments, RequestContext context) {
    pb::ListInstrumentsRequest request;
    request.set_exchange(arguments.exchange);
    if (arguments.market) request.set_market(wire::ToProto(*arguments.market));
    request.set_symbol(arguments.symbol);
    request.set_limit(arguments.limit);
    request.set_cursor(arguments.cursor);
    const auto instruments = co_await history_.ListInstruments(std::move(request), context);
    if (!instruments.ok()) co_return instruments.status();
    Result<Answer> answer = RenderInstruments(*instruments);
    if (!answer.ok()) co_return answer;
    co_return InFormat(
        *std::move(answer),
        arguments.format,
        ColumnsOf(Operation::kInstruments, model::DataType::kUnspecified)
    );
}

std::string RestFace::Services() const {
    std::string body;
    JsonWriter json(body);
    json.BeginObject();
    json.Key("data");
    json.BeginArray();
    for (const registry::Instance& instance : directory_.All()) {
        json.BeginObject();
        json.Field("service", instance.service());
        json.Field("instance", instance.instance());
        json.Field("host", instance.host());
        json.Key("http_port");
        json.Number(uint64_t{instance.http_port()});
        json.Key("grpc_port");
        json.Number(uint64_t{instance.grpc_port()});
        json.Field("version", instance.version());
        json.Field("zone", instance.zone());
        json.Field("status", instance.status());
        json.Key("load");
        json.Number(instance.load());
        json.Key("draining");
        json.Bool(instance.draining());
        json.Key("started_ts");
        json.Time(instance.started_ts());
        json.Key("updated_ts");
        json.Time(instance.updated_ts());
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    return body;
}

}  // namespace mp::gateway
