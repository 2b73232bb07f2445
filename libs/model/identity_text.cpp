#include <charconv>
#include <cstddef>
#include <string_view>
#include <variant>

#include "model/identity.hpp"

namespace mp::model {
namespace {

template <typename Number>
void AppendNumber(Number value, std::string& out) {
    char buffer[24];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), value);
    out.append(buffer, end);
}

void AppendHash(uint64_t hash, std::string& out) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(hash >> shift) & 15];
}

void AppendContent(const Event& event, std::string& out) {
    out += "c:";
    if (!OrderedByReceipt(event)) {
        AppendNumber(event.order_ts, out);
        out += '-';
    }
    AppendHash(ContentHash(event), out);
}

void AppendTime(const Event& event, std::string& out) {
    if (OrderedByReceipt(event)) return AppendContent(event, out);
    AppendNumber(event.order_ts, out);
}

void AppendEpoch(uint64_t epoch, std::string& out) {
    if (epoch == 0) return;
    AppendNumber(epoch, out);
    out += ':';
}

void AppendPart(uint32_t part, uint32_t parts, std::string& out) {
    if (part == 0 && parts == 0) return;
    out += '.';
    AppendNumber(part, out);
}

void Append(const Event&, const Trade& trade, std::string& out) {
    if (trade.id_space == TradeIdSpace::kAggregate) out += "a:";
    if (trade.trade_id.IsText()) {
        out += trade.trade_id.text;
    } else {
        AppendNumber(trade.trade_id.number, out);
    }
}

void Append(const Event& event, const BookDelta& delta, std::string& out) {
    AppendEpoch(delta.epoch, out);
    if (IdentityNeedsContent(event)) {
        AppendContent(event, out);
    } else {
        AppendNumber(delta.first_update_id, out);
        out += '-';
        AppendNumber(delta.last_update_id, out);
    }
    AppendPart(delta.part, delta.parts, out);
}

void Append(const Event& event, const BookSnapshot& snapshot, std::string& out) {
    if (snapshot.origin == SnapshotOrigin::kDerived) out += "d:";
    AppendEpoch(snapshot.epoch, out);
    if (IdentityNeedsContent(event)) {
        AppendContent(event, out);
    } else {
        AppendNumber(snapshot.last_update_id, out);
    }
    AppendPart(snapshot.part, snapshot.parts, out);
}

void Append(const Event& event, const Bbo& bbo, std::string& out) {
    if (bbo.update_id == 0) {
        AppendContent(event, out);
    } else {
        AppendNumber(bbo.update_id, out);
    }
}

void Append(const Event& event, const Ticker&, std::string& out) {
    AppendTime(event, out);
}

void Append(const Event& event, const Kline& kline, std::string& out) {
    out += kline.interval;
    out += '-';
    AppendNumber(kline.open_time, out);
    out += '-';
    AppendTime(event, out);
}

void Append(const Event& event, const FundingRate& funding, std::string& out) {
    AppendNumber(funding.next_funding_time.value_or(0), out);
    out += '-';
    AppendTime(event, out);
}

void Append(const Event& event, const OpenInterest&, std::string& out) {
    AppendTime(event, out);
}

void Append(const Event& event, const Liquidation& liquidation, std::string& out) {
    if (liquidation.liquidation_id.empty()) {
        AppendContent(event, out);
    } else {
        out += liquidation.liquidation_id;
    }
}

void Append(const Event& event, const MarkPrice&, std::string& out) {
    AppendTime(event, out);
}

void Append(const Event& event, const InstrumentInfo&, std::string& out) {
    out += "c:";
    AppendHash(ContentHash(event), out);
}

void Append(const Event&, const Coverage& coverage, std::string& out) {
    out += ToString(coverage.data_type);
    out += '-';
    out += ToString(coverage.basis);
    out += '-';
    out += ToString(coverage.state);
    out += '-';
    AppendNumber(coverage.from_ts, out);
    out += '-';
    out += coverage.source;
}

}  // namespace

void AppendIdentityText(const Event& event, std::string& out) {
    std::visit([&](const auto& body) { Append(event, body, out); }, event.body);
}

std::string IdentityText(const Event& event) {
    std::string text;
    AppendIdentityText(event, text);
    return text;
}

}  // namespace mp::model
