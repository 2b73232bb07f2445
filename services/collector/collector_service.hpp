#pragma once
// gRPC CollectorService: feeds and their state, instruments at run time, the book as it is now.

#include <memory>
#include <span>
#include <vector>

#include "collector/feed/feed.hpp"
#include "marketprism/v1/collector.grpc.pb.h"
#include "rpc/dispatcher.hpp"
#include "runtime/task.hpp"

namespace mp::collector {

namespace pb = ::marketprism::v1;

class CollectorService final : public pb::CollectorService::CallbackService {
  public:
    using Feeds = std::vector<std::unique_ptr<Feed>>;

    // Both outlive it.
    CollectorService(const rpc::Dispatcher& dispatcher, Feeds& feeds)
        : dispatcher_(dispatcher), feeds_(feeds) {}

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
    Result<Feed*> FeedOf(const pb::Instrument& instrument) const;

    const rpc::Dispatcher& dispatcher_;
    Feeds& feeds_;
};

}  // namespace mp::collector
