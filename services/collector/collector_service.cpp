#include "collector/collector_service.hpp"

#include <chrono>
#include <string>

#include "collector/repair/historian.hpp"
#include "collector/repair/poller.hpp"
#include "rpc/unary.hpp"
#include "telemetry/logging.hpp"
#include "wire/convert.hpp"

namespace mp::collector {
namespace {

const telemetry::Logger kLog{"collector.service"};

constexpr Duration kTellOthers = std::chrono::seconds(2);

pb::FeedState ToProto(Feed::State state) {
    switch (state) {
        case Feed::State::kSubscribing:
            return pb::FEED_STATE_SUBSCRIBING;
        case Feed::State::kLive:
            return pb::FEED_STATE_LIVE;
        case Feed::State::kSyncing:
            return pb::FEED_STATE_SYNCING;
        case Feed::State::kSilent:
            return pb::FEED_STATE_SILENT;
        case Feed::State::kDisconnected:
            return pb::FEED_STATE_DISCONNECTED;
    }
    return pb::FEED_STATE_UNSPECIFIED;
}

void FillFeed(const Feed& feed, const CollectedSeries& series, pb::Feed& out) {
    wire::ToProto(*series.name, *out.mutable_series()->mutable_instrument());
    out.mutable_series()->set_data_type(wire::ToProto(series.type));
    out.set_state(ToProto(feed.StateOf(series)));
    if (series.link != nullptr) out.set_connection(series.link->name());
    out.set_messages(series.messages);
    out.set_gaps(series.gaps);
    out.set_resyncs(feed.Resyncs(series));
    out.set_last_message_ts(series.last_message);
}

const std::string& SymbolOf(const pb::Instrument& instrument) {
    return instrument.symbol().empty() ? instrument.venue_symbol() : instrument.symbol();
}

Result<std::vector<model::DataType>> TypesOf(const pb::AddInstrumentsRequest& request) {
    std::vector<model::DataType> types;
    for (const int number : request.data_types()) {
        const auto type = wire::FromProto(static_cast<pb::DataType>(number));
        if (!type.ok()) return Annotate(type.status(), "data_types");
        types.push_back(*type);
    }
    return types;
}

}  // namespace

grpc::ServerUnaryReactor* CollectorService::ListFeeds(
    grpc::CallbackServerContext* context,
    const pb::ListFeedsRequest* request,
    pb::ListFeedsResponse* response
) {
    return rpc::Unary(dispatcher_, "CollectorService/ListFeeds", context, [=, this](auto&) {
        return DoListFeeds(*request, *response);
    });
}

grpc::ServerUnaryReactor* CollectorService::AddInstruments(
    grpc::CallbackServerContext* context,
    const pb::AddInstrumentsRequest* request,
    pb::AddInstrumentsResponse* response
) {
    return rpc::Unary(dispatcher_, "CollectorService/AddInstruments", context, [=, this](auto&) {
        return DoAdd(*request, *response);
    });
}

grpc::ServerUnaryReactor* CollectorService::RemoveInstruments(
    grpc::CallbackServerContext* context,
    const pb::RemoveInstrumentsRequest* request,
    pb::RemoveInstrumentsResponse* response
) {
    return rpc::Unary(dispatcher_, "CollectorService/RemoveInstruments", context, [=, this](auto&) {
        return DoRemove(*request, *response);
    });
}

grpc::ServerUnaryReactor* CollectorService::GetBook(
    grpc::CallbackServerContext* context,
    const pb::GetOrderBookRequest* request,
    pb::GetOrderBookResponse* response
) {
    return rpc::Unary(dispatcher_, "CollectorService/GetBook", context, [=, this](auto&) {
        return DoGetBook(*request, *response);
    });
}

grpc::ServerUnaryReactor* CollectorService::Poll(
    grpc::CallbackServerContext* context, const pb::PollRequest* request, pb::PollResponse* response
) {
    return rpc::Unary(dispatcher_, "CollectorService/Poll", context, [=, this](auto& call) {
        return DoPoll(*request, *response, call.deadline());
    });
}

grpc::ServerUnaryReactor* CollectorService::Repair(
    grpc::CallbackServerContext* context,
    const pb::RepairRequest* request,
    pb::RepairResponse* response
) {
    return rpc::Unary(dispatcher_, "CollectorService/Repair", context, [=, this](auto& call) {
        return DoRepair(*request, *response, call.deadline());
    });
}

Task<Status> CollectorService::DoListFeeds(
    const pb::ListFeedsRequest& request, pb::ListFeedsResponse& response
) {
    for (const auto& feed : feeds_) {
        if (!request.exchange().empty() && feed->config().exchange != request.exchange()) continue;
        for (const CollectedSeries* series : feed->Series()) {
            FillFeed(*feed, *series, *response.add_feeds());
        }
    }
    co_return OkStatus();
}

Task<Status> CollectorService::DoAdd(
    const pb::AddInstrumentsRequest& request, pb::AddInstrumentsResponse& response
) {
    const Status added = AddAll(request, response);
    co_await Share();
    co_return added;
}

// Up to the first one that cannot be.
Status CollectorService::AddAll(
    const pb::AddInstrumentsRequest& request, pb::AddInstrumentsResponse& response
) {
    const auto types = TypesOf(request);
    if (!types.ok()) return types.status();
    for (const pb::Instrument& wanted : request.instruments()) {
        const auto feed = FeedOf(wanted);
        if (!feed.ok()) return feed.status();
        const auto added = (*feed)->Add(SymbolOf(wanted), *types);
        if (!added.ok()) return added.status();
        wire::ToProto(*added, *response.add_added());
    }
    return OkStatus();
}

Task<Status> CollectorService::DoRemove(
    const pb::RemoveInstrumentsRequest& request, pb::RemoveInstrumentsResponse& response
) {
    const Status removed = RemoveAll(request, response);
    co_await Share();
    co_return removed;
}

Status CollectorService::RemoveAll(
    const pb::RemoveInstrumentsRequest& request, pb::RemoveInstrumentsResponse& response
) {
    for (const pb::Instrument& unwanted : request.instruments()) {
        const auto feed = FeedOf(unwanted);
        if (!feed.ok()) return feed.status();
        const auto removed = (*feed)->Remove(SymbolOf(unwanted));
        if (!removed.ok()) return removed.status();
        wire::ToProto(*removed, *response.add_removed());
    }
    return OkStatus();
}

// The collector that it concerns may be another. While the broker is away it is told later: this
// one remembers.
Task<> CollectorService::Share() {
    const bool told = co_await changes_.Share(Deadline::After(kTellOthers));
    if (!told) kLog.Warn("other collectors are not told yet");
}

Task<Status> CollectorService::DoGetBook(
    const pb::GetOrderBookRequest& request, pb::GetOrderBookResponse& response
) {
    if (request.has_at()) co_return absl::InvalidArgumentError("at: the collector knows only now");
    const auto feed = FeedOf(request.instrument());
    if (!feed.ok()) co_return feed.status();
    const std::string& symbol = SymbolOf(request.instrument());
    const model::Instrument* name = (*feed)->FindInstrument(symbol);
    const BookKeeper* book = (*feed)->FindBook(symbol);
    if (name == nullptr || book == nullptr) {
        co_return absl::NotFoundError("no book of " + symbol + " is kept here");
    }
    if (book->state() != BookKeeper::State::kSynced || !(*feed)->connected()) {
        co_return absl::FailedPreconditionError("the book is being synchronised");
    }
    std::vector<model::Level> bids, asks;
    book->book().Top(request.depth(), bids, asks);
    wire::ToProto(*name, *response.mutable_instrument());
    wire::ToProto(bids, *response.mutable_bids());
    wire::ToProto(asks, *response.mutable_asks());
    response.set_ts(book->last_order_ts());
    response.set_last_update_id(book->last_update_id());
    response.set_updates_applied(book->stats().applied);
    if (const auto& price = book->known_bid_to()) {
        wire::ToProto(*price, *response.mutable_known_bid_to());
    }
    if (const auto& price = book->known_ask_to()) {
        wire::ToProto(*price, *response.mutable_known_ask_to());
    }
    co_return OkStatus();
}

Task<Status> CollectorService::DoPoll(
    const pb::PollRequest& request, pb::PollResponse& response, Deadline deadline
) {
    const auto type = wire::FromProto(request.data_type());
    if (!type.ok()) co_return Annotate(type.status(), "data_type");
    if (request.period_ns() < 0) co_return absl::InvalidArgumentError("period_ns: negative");
    Poller poller(output_, *type, Duration(request.period_ns()), deadline);
    for (const auto& feed : feeds_) {
        if (request.exchange().empty() || feed->config().exchange == request.exchange()) {
            poller.Add(*feed);
        }
    }
    co_return co_await poller.Run(response);
}

Task<Status> CollectorService::DoRepair(
    const pb::RepairRequest& request, pb::RepairResponse& response, Deadline deadline
) {
    const auto type = wire::FromProto(request.series().data_type());
    if (!type.ok()) co_return Annotate(type.status(), "series.data_type");
    GapToRepair gap{*type, {request.from_ts(), request.to_ts()}};
    if (gap.interval.empty()) co_return absl::InvalidArgumentError("to_ts: not behind from_ts");
    if (request.basis() == pb::COVERAGE_BASIS_SEQUENCE) gap.basis = model::CoverageBasis::kSequence;
    gap.reason = request.reason();
    if (request.max_pages() > 0) gap.max_pages = request.max_pages();
    const auto feed = FeedOf(request.series().instrument());
    if (!feed.ok()) co_return feed.status();
    const std::string& symbol = SymbolOf(request.series().instrument());
    if (!(*feed)->listed()) co_return absl::UnavailableError("instruments are not known yet");
    const Listing* listing = (*feed)->FindListing(symbol);
    if (listing == nullptr) co_return absl::NotFoundError("the venue lists no " + symbol);
    Historian historian((*feed)->venue(), (*feed)->rest(), output_);
    const RepairOutcome outcome = co_await historian.Repair(*listing, std::move(gap), deadline);
    response.set_events(outcome.events);
    response.set_finished(outcome.finished);
    if (!outcome.trouble.ok()) response.set_error(outcome.trouble.ToString());
    for (const model::CoverageSpan& span : outcome.recorded) {
        wire::ToProto(span, *type, *response.add_recorded());
    }
    co_return OkStatus();
}

Result<Feed*> CollectorService::FeedOf(const pb::Instrument& instrument) const {
    if (SymbolOf(instrument).empty()) return absl::InvalidArgumentError("instrument: no symbol");
    if (feeds_.empty()) return absl::UnavailableError("this collector has not begun");
    for (const auto& feed : feeds_) {
        const VenueConfig& config = feed->config();
        const bool market = instrument.market() == pb::MARKET_UNSPECIFIED ||
                            wire::ToProto(config.market) == instrument.market();
        if (config.exchange == instrument.exchange() && market) return feed.get();
    }
    return absl::NotFoundError("instrument: nothing is collected from " + instrument.exchange());
}

}  // namespace mp::collector
