#include "storage/tasks/shard_move_task.hpp"

#include <chrono>
#include <optional>

#include <nlohmann/json.hpp>

#include "runtime/sleep.hpp"
#include "tasks/payload.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

// The servers work in the background; there is nothing to hurry them with.
constexpr Duration kLookEvery = 200ms;

const telemetry::Logger kLog{"storage.shard_move"};

struct Order {
    model::Instrument instrument;
    std::string to;
};

Result<Order> OrderOf(const std::string& payload) {
    auto told = tasks::Payload::Parse(payload);
    if (!told.ok()) return told.status();
    const std::string exchange = told->GetText("exchange", "");
    const std::string market = told->GetText("market", "");
    const std::string symbol = told->GetText("symbol", "");
    Order order;
    order.to = told->GetText("to", "");
    MP_RETURN_IF_ERROR(told->Finish());
    const auto instrument = model::ParseInstrumentKey(exchange + "|" + market + "|" + symbol);
    if (!instrument) return absl::InvalidArgumentError("exchange, market, symbol: no instrument");
    if (order.to.empty()) return absl::InvalidArgumentError("to: no shard is named");
    order.instrument = *instrument;
    return order;
}

}  // namespace

Task<Result<std::string>> ShardMoveTask::Run(tasks::TaskContext& context) {
    const Result<Order> order = OrderOf(context.task().payload_json());
    if (!order.ok()) co_return order.status();
    const std::string name = model::InstrumentKey(order->instrument);
    kLog.Info("moving", {{"instrument", name}, {"to", order->to}});
    uint64_t rows = 0;
    std::string resume;
    do {
        const Result<MoveSlice> slice = co_await pool_.Run([&] {
            return engine_.MoveInstrument(order->instrument, order->to, resume);
        });
        if (!slice.ok()) co_return slice.status();
        rows += slice->rows;
        resume = slice->next;
        if (slice->rows == 0 && !resume.empty()) co_await runtime::Sleep(kLookEvery);
    } while (!resume.empty());
    kLog.Info("moved", {{"instrument", name}, {"to", order->to}, {"rows", rows}});
    co_return nlohmann::json{{"rows", rows}, {"to", order->to}}.dump();
}

}  // namespace mp::storage
