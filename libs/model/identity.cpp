#include "model/identity.hpp"

#include <limits>
#include <string_view>
#include <variant>

#include "base/big_endian.hpp"

namespace mp::model {
namespace {

template <typename Value>
void AppendByte(Value value, std::string& out) {
    out.push_back(static_cast<char>(value));
}

// Stands where a venue gives no time: before all times.
constexpr Nanos kNoTime = std::numeric_limits<Nanos>::min();

void AppendContent(const Event& event, std::string& out) {
    AppendSortable(OrderedByReceipt(event) ? kNoTime : event.order_ts, out);
    AppendBigEndian(ContentHash(event), out);
}

// The venue's time; where it gives none, what is said stands for when.
void AppendTime(const Event& event, std::string& out) {
    if (OrderedByReceipt(event)) return AppendContent(event, out);
    AppendSortable(event.order_ts, out);
}

// One overload a type appends its identity; the event is there for its time and content.
void Append(const Event&, const Trade& trade, std::string& out) {
    AppendByte(trade.id_space, out);
    AppendByte(trade.trade_id.IsText() ? 1 : 0, out);
    if (trade.trade_id.IsText()) {
        out += trade.trade_id.text;
    } else {
        AppendBigEndian(trade.trade_id.number, out);
    }
}

void Append(const Event& event, const BookDelta& delta, std::string& out) {
    AppendBigEndian(delta.epoch, out);
    AppendBigEndian(delta.first_update_id, out);
    AppendBigEndian(delta.last_update_id, out);
    AppendBigEndian(delta.part, out);
    if (IdentityNeedsContent(event)) AppendContent(event, out);
}

void Append(const Event& event, const BookSnapshot& snapshot, std::string& out) {
    AppendByte(snapshot.origin, out);
    AppendBigEndian(snapshot.epoch, out);
    AppendBigEndian(snapshot.last_update_id, out);
    AppendBigEndian(snapshot.part, out);
    if (IdentityNeedsContent(event)) AppendContent(event, out);
}

void Append(const Event& event, const Bbo& bbo, std::string& out) {
    if (bbo.update_id == 0) {
        AppendByte(0, out);
        AppendContent(event, out);
    } else {
        AppendByte(1, out);
        AppendBigEndian(bbo.update_id, out);
    }
}

void Append(const Event& event, const Ticker&, std::string& out) {
    AppendTime(event, out);
}

void Append(const Event& event, const Kline& kline, std::string& out) {
    AppendSortable(kline.open_time, out);
    AppendTime(event, out);
    out += kline.interval;
}

void Append(const Event& event, const FundingRate& funding, std::string& out) {
    AppendSortable(funding.next_funding_time.value_or(0), out);
    AppendTime(event, out);
}

void Append(const Event& event, const OpenInterest&, std::string& out) {
    AppendTime(event, out);
}

void Append(const Event& event, const Liquidation& liquidation, std::string& out) {
    if (liquidation.liquidation_id.empty()) {
        AppendByte(0, out);
        AppendContent(event, out);
    } else {
        AppendByte(1, out);
        out += liquidation.liquidation_id;
    }
}

void Append(const Event& event, const MarkPrice&, std::string& out) {
    AppendTime(event, out);
}

void Append(const Event& event, const InstrumentInfo&, std::string& out) {
    AppendBigEndian(ContentHash(event), out);
}

void Append(const Event&, const Coverage& coverage, std::string& out) {
    AppendByte(coverage.data_type, out);
    AppendByte(coverage.basis, out);
    AppendByte(coverage.state, out);
    AppendSortable(coverage.from_ts, out);
    out += coverage.source;
}

}  // namespace

void AppendIdentity(const Event& event, std::string& out) {
    std::visit([&](const auto& body) { Append(event, body, out); }, event.body);
}

uint64_t SequenceOf(const Event& event) {
    const Trade* const trade = std::get_if<Trade>(&event.body);
    return trade == nullptr ? 0 : trade->sequence;
}

void AppendKey(Nanos order_ts, uint64_t sequence, std::string_view identity, std::string& out) {
    AppendSortable(order_ts, out);
    AppendBigEndian(sequence, out);
    out += identity;
}

void AppendKey(const Event& event, std::string& out) {
    AppendKey(event.order_ts, SequenceOf(event), {}, out);
    AppendIdentity(event, out);
}

namespace {

bool HasTimeInIdentity(const Body& body) {
    return !std::holds_alternative<Trade>(body) && !std::holds_alternative<Coverage>(body);
}

}  // namespace

bool IdentityNeedsContent(const Event& event) {
    if (const auto* delta = std::get_if<BookDelta>(&event.body)) {
        return delta->first_update_id == 0 && delta->last_update_id == 0;
    }
    if (const auto* snapshot = std::get_if<BookSnapshot>(&event.body)) {
        return snapshot->last_update_id == 0;
    }
    if (const auto* bbo = std::get_if<Bbo>(&event.body)) return bbo->update_id == 0;
    if (const auto* liquidation = std::get_if<Liquidation>(&event.body)) {
        return liquidation->liquidation_id.empty();
    }
    if (std::holds_alternative<InstrumentInfo>(event.body)) return true;
    return HasTimeInIdentity(event.body) && OrderedByReceipt(event);
}

bool OrderedByReceipt(const Event& event) {
    return !event.exchange_ts && event.order_ts == event.received_ts;
}

bool FoundByIdentity(const Event& event) {
    return OrderedByReceipt(event) && !std::holds_alternative<InstrumentInfo>(event.body);
}

}  // namespace mp::model
