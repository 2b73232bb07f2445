#include "gateway/live/history_scan.hpp"

#include <chrono>
#include <utility>

#include "wire/convert.hpp"

namespace mp::gateway {
namespace {

// The client's speed is the scan's.
constexpr std::chrono::hours kLongest{24};

}  // namespace

Task<Result<bool>> HistoryScan::Next(Nanos from, std::string& chunk) {
    if (!stream_) {
        pb::QueryEventsRequest request;
        wire::ToProto(left_.front(), *request.mutable_series());
        request.set_start(from);
        auto stream = co_await history_.Events(std::move(request), Deadline::After(kLongest));
        if (!stream.ok()) co_return stream.status();
        stream_.emplace(std::move(*stream));
    }
    Result<bool> more = co_await stream_->Next(chunk);
    if (more.ok() && !*more) {
        stream_.reset();
        left_.pop_front();
    }
    co_return more;
}

}  // namespace mp::gateway
