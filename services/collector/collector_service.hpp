#pragma once
// gRPC CollectorService: feeds and their state, instruments at run time, the book as it is now.

#include <memory>
#include <span>
#include <vector>

#include "collector/feed/feed.hpp"
#include "collector/fleet/shared_changes.hpp"
#include "collector/repair/history_output.hpp"
#include "marketprism/v1/collector.grpc.pb.h"
#include "rpc/dispatcher.hpp"
#include "runtime/task.hpp"

namespace mp::collector {

namespace pb = ::marketprism::v1;

class CollectorService final : public pb::CollectorService::CallbackService {
  public:
    using Feeds = std::vector<std::unique_ptr<Feed>>;

    // All outlive it.
    CollectorService(
        const rpc::Dispatcher& dispatcher,
        Feeds& feeds,
        HistoryOutput& output,
        SharedChanges& changes
    )
        : dispatcher_(dispatcher), feeds_(feeds), output_(output), changes_(changes) {}

    grpc::ServerUnaryReactor* ListFeeds(
        grpc::CallbackServerContext* context,
        const pb::ListFeedsRequest* request,
        pb::ListFeedsResponse* response
    ) override;
    grpc::ServerUnaryReactor* AddInstruments(
        grpc::CallbackServerContext* context,
        const pb::AddInstrumentsRequest* request,
        pb::AddInstrumentsResponse* response
    ) override;
    grpc::ServerUnaryReactor* RemoveInstruments(
        grpc::CallbackServerContext* context,
        const pb::RemoveInstrumentsRequest* request,
        pb::RemoveInstrumentsResponse* response
    ) override;
    grpc::ServerUnaryReactor* GetBook(
        grpc::CallbackServerContext* context,
        const pb::GetOrderBookRequest* request,
        pb::GetOrderBookResponse* response
    ) override;
    grpc::ServerUnaryReactor* Poll(
        grpc::CallbackServerContext* context,
        const pb::PollRequest* request,
        pb::PollResponse* response
    ) override;
    grpc::ServerUnaryReactor* Repair(
        grpc::CallbackServerContext* context,
        const pb::RepairRequest* request,
        pb::RepairResponse* response
    ) override;

  private:
    Task<Status> DoListFeeds(const pb::ListFeedsRequest& request, pb::ListFeedsResponse& response);
    Task<Status> DoAdd(
        const pb::AddInstrumentsRequest& request, pb::AddInstrumentsResponse& response
    );
    Task<Status> DoRemove(
        const pb::RemoveInstrumentsRequest& request, pb::RemoveInstrumentsResponse& response
    );
    Task<Status> DoGetBook(
        const pb::GetOrderBookRequest& request, pb::GetOrderBookResponse& response
    );
    Status AddAll(const pb::AddInstrumentsRequest& request, pb::AddInstrumentsResponse& response);
    Status RemoveAll(
        const pb::RemoveInstrumentsRequest& request, pb::RemoveInstrumentsResponse& response
    );
    Task<> Share();
    Task<Status> DoPoll(
        const pb::PollRequest& request, pb::PollResponse& response, Deadline deadline
    );
    Task<Status> DoRepair(
        const pb::RepairRequest& request, pb::RepairResponse& response, Deadline deadline
    );
    Result<Feed*> FeedOf(const pb::Instrument& instrument) const;

    const rpc::Dispatcher& dispatcher_;
    Feeds& feeds_;
    HistoryOutput& output_;
    SharedChanges& changes_;
};

}  // namespace mp::collector
