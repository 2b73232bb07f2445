#include "storage/engines/clickhouse/orders.hpp"

#include <chrono>
#include <random>
#include <thread>
#include <utility>

#include "storage/engines/clickhouse/sql.hpp"
#include "storage/engines/clickhouse/state.hpp"
#include "storage/engines/clickhouse/text.hpp"
#include "storage/engines/records.hpp"

namespace mp::storage::clickhouse {
namespace {

using namespace std::chrono_literals;

// Longer than a lane takes to change hands.
constexpr std::chrono::seconds kPatience = 2min;
constexpr std::chrono::milliseconds kLookEvery = 100ms;

constexpr uint64_t kAsked = 1;
constexpr uint64_t kAnswered = 2;
constexpr uint64_t kGone = 3;

StateRow RowOf(const std::string& key, std::string value, uint64_t step) {
    return {std::string(kind::kOrder), key, std::move(value), step, step == kGone};
}

std::string NewKey(uint32_t lane) {
    std::random_device random;
    return Concat(lane, "/", random(), "-", random());
}

}  // namespace

Result<Orders::Texts> Orders::Ask(uint32_t lane, const Texts& order) const {
    const std::string key = NewKey(lane);
    const std::string value = records::EncodeTexts(order);
    MP_RETURN_IF_ERROR(WriteState(client_, {RowOf(key, value, kAsked)}, kAsked));
    Result<Texts> answer = Await(key);
    // A row that stays costs nothing but itself.
    (void)WriteState(client_, {RowOf(key, "", kGone)}, kGone);
    return answer;
}

Result<Orders::Texts> Orders::Await(const std::string& key) const {
    const std::string condition = Concat("kind = '", kind::kOrder, "' AND key = ", Literal(key));
    for (const Deadline deadline = Deadline::After(kPatience); !deadline.Passed();) {
        const Result<StoredState> found = ReadWhere(client_, condition);
        if (!found.ok()) return found.status();
        if (!found->rows.empty() && found->rows.front().number == kAnswered) {
            Result<Texts> answer = records::DecodeTexts(found->rows.front().value);
            int code = 0;
            if (!answer.ok()) return answer;
            if (answer->size() < 2 || !ParseNumber((*answer)[0], code)) {
                return absl::DataLossError("an answer does not parse");
            }
            if (code != 0) return Status(static_cast<StatusCode>(code), (*answer)[1]);
            answer->erase(answer->begin(), answer->begin() + 2);
            return answer;
        }
        std::this_thread::sleep_for(kLookEvery);
    }
    return absl::UnavailableError("whoever writes to this lane does not answer");
}

Result<std::vector<Orders::Open>> Orders::Read() const {
    const Result<StoredState> found = ReadKind(client_, kind::kOrder);
    if (!found.ok()) return found.status();
    std::vector<Open> open;
    for (const StateRow& row : found->rows) {
        if (row.number != kAsked) continue;
        Result<Texts> order = records::DecodeTexts(row.value);
        if (!order.ok()) return order.status();
        Open& each = open.emplace_back();
        each.key = row.key;
        each.order = *std::move(order);
        if (!ParseNumber(row.key.substr(0, row.key.find('/')), each.lane)) {
            return absl::DataLossError("an order does not parse");
        }
    }
    return open;
}

Status Orders::Answer(const std::string& key, const Result<Texts>& answer) const {
    const Status& status = answer.status();
    Texts texts{Concat(static_cast<int>(status.code())), std::string(status.message())};
    if (answer.ok()) texts.insert(texts.end(), answer->begin(), answer->end());
    return WriteState(client_, {RowOf(key, records::EncodeTexts(texts), kAnswered)}, kAnswered);
}

}  // namespace mp::storage::clickhouse
