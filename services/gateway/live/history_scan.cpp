#include "gateway/live/history_scan.hpp"

#include <chrono>
#include <utility>

#include "wire/convert.hpp"

namespace mp::gateway {
namespace {

// A page is in memory as a whole.
constexpr uint64_t kPageBytes = 256u << 10;
constexpr uint32_t kPageRows = 10'000;
constexpr std::chrono::seconds kPageTimeout{30};

}  // namespace

Task<Result<bool>> HistoryScan::Next(Nanos from, std::string& chunk) {
    if (!from_) from_ = from;
    if (page_.empty() && more_) MP_CO_RETURN_IF_ERROR(co_await ReadPage());
    if (page_.empty()) {
        left_.pop_front();
        from_.reset();
        cursor_.clear();
        more_ = true;
        co_return false;
    }
    chunk = std::move(page_.front());
    page_.pop_front();
    co_return true;
}

Task<Status> HistoryScan::ReadPage() {
    pb::QueryEventsRequest request;
    wire::ToProto(left_.front(), *request.mutable_series());
    request.set_start(*from_);
    request.set_limit(kPageRows);
    request.set_max_bytes(kPageBytes);
    request.set_cursor(cursor_);
    auto stream = co_await history_.Events(std::move(request), Deadline::After(kPageTimeout));
    if (!stream.ok()) co_return stream.status();
    std::deque<std::string> page;
    for (;;) {
        const Result<bool> more = co_await stream->Next(page.emplace_back());
        if (!more.ok()) co_return more.status();
        if (!*more) break;
    }
    page.pop_back();
    cursor_.clear();
    if (!page.empty()) {
        Result<ChunkTail> tail = ReadTail(page.back());
        if (!tail.ok()) co_return tail.status();
        cursor_ = std::move(tail->next_cursor);
    }
    more_ = !cursor_.empty();
    page_ = std::move(page);
    co_return OkStatus();
}

}  // namespace mp::gateway
