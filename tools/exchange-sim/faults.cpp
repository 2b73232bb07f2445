#include "exchange-sim/faults.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "exchange-sim/garbage.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim {
namespace {

using Kind = Fault::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 22> kNames{{
    {"drop_delta", Kind::kDropDelta},
    {"cut", Kind::kCut},
    {"silent", Kind::kSilent},
    {"garbage", Kind::kGarbage},
    {"duplicate", Kind::kDuplicate},
    {"reorder", Kind::kReorder},
    {"shutdown_notice", Kind::kShutdownNotice},
    {"drop", Kind::kDrop},
    {"bad_checksum", Kind::kBadChecksum},
    {"resnapshot", Kind::kResnapshot},
    {"no_snapshot", Kind::kNoSnapshot},
    {"id_reset", Kind::kIdReset},
    {"ack", Kind::kAck},
    {"error_frame", Kind::kErrorFrame},
    {"no_pong", Kind::kNoPong},
    {"no_answer", Kind::kNoAnswer},
    {"token", Kind::kToken},
    {"http_429", Kind::kHttp429},
    {"http_418", Kind::kHttp418},
    {"http_500", Kind::kHttp500},
    {"http_hang", Kind::kHttpHang},
    {"stale_snapshot", Kind::kStaleSnapshot},
}};

Status Refuse(std::string_view what) {
    return absl::InvalidArgumentError(Concat("fault: ", what));
}

template <typename T>
bool Read(std::string_view text, T& value) {
    const auto number = ParseNumber<T>(text);
    if (number) value = *number;
    return number.has_value();
}

bool SetNumber(Fault& fault, std::string_view key, std::string_view value) {
    if (key == "at") return Read(value, fault.at);
    if (key == "count" || key == "n") return Read(value, fault.count);
    if (key == "seconds") return Read(value, fault.seconds);
    if (key == "retry_after") return Read(value, fault.retry_after);
    return false;
}

Status Set(Fault& fault, std::string_view key, std::string_view value) {
    if (key == "symbol") {
        fault.symbol = value;
    } else if (key == "stream") {
        fault.stream = value;
    } else if (key == "path") {
        fault.path = value;
    } else if (key == "variant") {
        fault.variant = value;
    } else if (key == "kind") {
        const auto known = std::ranges::find(kNames, value, [](const auto& n) { return n.first; });
        if (known == kNames.end()) return Refuse(Concat("unknown kind '", value, "'"));
        fault.kind = known->second;
    } else if (!SetNumber(fault, key, value)) {
        return Refuse(Concat("unknown key or bad value '", key, "=", value, "'"));
    }
    return OkStatus();
}

Result<Fault> Checked(Fault fault, bool has_kind) {
    if (!has_kind) return Refuse("no kind");
    const auto& variants = GarbageVariants();
    if (fault.kind == Kind::kGarbage && !fault.variant.empty() && fault.variant != "all" &&
        std::ranges::find(variants, fault.variant) == variants.end()) {
        return Refuse(Concat("unknown variant '", fault.variant, "'"));
    }
    constexpr std::array<std::string_view, 4> kAcks{"odd", "late", "missing", "refused"};
    if (fault.kind == Kind::kAck && !fault.variant.empty() &&
        std::ranges::find(kAcks, fault.variant) == kAcks.end()) {
        return Refuse(Concat("unknown variant '", fault.variant, "'"));
    }
    if (fault.count < 1 || fault.seconds < 0) return Refuse("count and seconds must be positive");
    return fault;
}

}  // namespace

std::string_view FaultName(Kind kind) {
    return kNames[static_cast<std::size_t>(kind)].first;
}

bool Fault::Matches(const Frame& frame) const {
    const bool of_books = kind == Kind::kDropDelta || kind == Kind::kBadChecksum ||
                          kind == Kind::kResnapshot || kind == Kind::kIdReset;
    if (of_books && frame.kind != FrameKind::kBookDelta) return false;
    if (!symbol.empty() && symbol != frame.symbol) return false;
    return stream.empty() || stream == frame.stream_name;
}

Result<Fault> ParseFault(std::string_view text) {
    Fault fault;
    bool has_kind = false;
    for (const std::string_view part : Split(text, ',')) {
        const auto pair = SplitAssignment(part);
        MP_RETURN_IF_ERROR(Set(fault, pair.first, pair.second));
        has_kind = has_kind || pair.first == "kind";
    }
    return Checked(std::move(fault), has_kind);
}

Result<Fault> ParseFaultJson(std::string_view json) {
    const auto object = nlohmann::json::parse(json, nullptr, false);
    if (!object.is_object()) return Refuse("body is no JSON object");
    Fault fault;
    for (const auto& [key, value] : object.items()) {
        const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
        MP_RETURN_IF_ERROR(Set(fault, key, text));
    }
    return Checked(std::move(fault), object.contains("kind"));
}

std::size_t FaultPlan::Activate(std::uint64_t number) {
    const auto due = std::stable_partition(
        waiting_.begin(), waiting_.end(), [number](const Fault& fault) { return fault.at > number; }
    );
    const auto count = static_cast<std::size_t>(waiting_.end() - due);
    active_.insert(active_.end(), due, waiting_.end());
    waiting_.erase(due, waiting_.end());
    return count;
}

template <typename Predicate>
std::optional<Fault> FaultPlan::TakeWhere(Predicate&& predicate) {
    const auto found = std::ranges::find_if(active_, predicate);
    if (found == active_.end()) return std::nullopt;
    Fault fault = *found;
    if (--found->count <= 0) active_.erase(found);
    return fault;
}

std::optional<Fault> FaultPlan::Take(Kind kind, const Frame& frame) {
    return TakeWhere([&](const Fault& f) { return f.kind == kind && f.Matches(frame); });
}

std::optional<Fault> FaultPlan::Take(Kind kind, std::string_view symbol) {
    return TakeWhere([&](const Fault& fault) {
        return fault.kind == kind && (fault.symbol.empty() || fault.symbol == symbol);
    });
}

std::optional<Fault> FaultPlan::TakeHttp(std::string_view symbol, std::string_view path) {
    return TakeWhere([&](const Fault& fault) {
        return fault.ConcernsHttp() && fault.kind != Kind::kStaleSnapshot &&
               path.starts_with(fault.path) && (fault.symbol.empty() || fault.symbol == symbol);
    });
}

std::optional<Fault> FaultPlan::TakeStaleSnapshot(std::string_view symbol) {
    return TakeWhere([&](const Fault& fault) {
        return fault.kind == Kind::kStaleSnapshot &&
               (fault.symbol.empty() || fault.symbol == symbol);
    });
}

std::vector<Fault> FaultPlan::TakeImmediate() {
    const auto immediate =
        std::stable_partition(active_.begin(), active_.end(), [](const Fault& fault) {
            return fault.kind != Kind::kCut && fault.kind != Kind::kSilent &&
                   fault.kind != Kind::kShutdownNotice && fault.kind != Kind::kErrorFrame;
        });
    std::vector<Fault> taken(immediate, active_.end());
    active_.erase(immediate, active_.end());
    return taken;
}

}  // namespace mp::sim
