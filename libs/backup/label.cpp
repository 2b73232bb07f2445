#include "backup/label.hpp"

#include <nlohmann/json.hpp>

namespace mp::backup {
namespace {

constexpr char kKind[] = "marketprism-store";

template <typename Number>
Number NumberOf(const nlohmann::json& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_number_integer() ? found->get<Number>() : Number{0};
}

}  // namespace

std::string Encode(const Label& label) {
    return nlohmann::json{
        {"kind", kKind},
        {"schema", label.schema},
        {"program", label.program},
        {"incarnation", label.incarnation},
        {"floor", label.floor},
        {"events", label.events}}
        .dump();
}

Result<Label> DecodeLabel(std::string_view text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || json.value("kind", nlohmann::json()) != kKind) {
        return absl::FailedPreconditionError("it is no backup of a MarketPrism store");
    }
    Label label;
    label.schema = NumberOf<uint32_t>(json, "schema");
    const auto program = json.find("program");
    if (program != json.end() && program->is_string()) label.program = program->get<std::string>();
    label.incarnation = NumberOf<Nanos>(json, "incarnation");
    label.floor = NumberOf<uint64_t>(json, "floor");
    label.events = NumberOf<uint64_t>(json, "events");
    return label;
}

Status CheckSchema(const Label& label) {
    if (label.schema <= kStoreSchema) return OkStatus();
    return absl::FailedPreconditionError(
        "the backup has schema version " + std::to_string(label.schema) + " (made by version " +
        label.program + "), this program knows " + std::to_string(kStoreSchema) +
        ": use a newer program"
    );
}

}  // namespace mp::backup
