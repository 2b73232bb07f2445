#include "net/query_params.hpp"

#include "net/text.hpp"
#include "net/url.hpp"

namespace mp::net {

Result<QueryParams> QueryParams::Parse(std::string_view query) {
    QueryParams params;
    std::string_view broken;
    const bool fine = Split(query, '&', [&](std::string_view piece) {
        if (piece.empty()) return true;
        const size_t equals = piece.find('=');
        broken = piece.substr(0, equals);
        const bool has_value = equals != std::string_view::npos;
        auto name = PercentDecode(broken, true);
        auto value = PercentDecode(has_value ? piece.substr(equals + 1) : std::string_view(), true);
        if (!name.ok() || !value.ok()) return false;
        params.all_.emplace_back(*std::move(name), *std::move(value));
        return true;
    });
    if (fine) return params;
    return absl::InvalidArgumentError(Text(broken, ": broken percent escape"));
}

std::optional<std::string_view> QueryParams::Get(std::string_view name) const {
    for (const auto& [key, value] : all_) {
        if (key == name) return value;
    }
    return std::nullopt;
}

}  // namespace mp::net
