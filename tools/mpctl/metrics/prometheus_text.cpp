#include "mpctl/metrics/prometheus_text.hpp"

#include <charconv>
#include <limits>

namespace mp::mpctl {
namespace {

constexpr std::string_view kSpace = " \t\r";

std::string_view Trim(std::string_view text) {
    const size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::optional<double> ParseValue(std::string_view text) {
    text = Trim(text);
    text = text.substr(0, text.find_first_of(kSpace));  // a timestamp may follow
    if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
    if (text == "-Inf") return -std::numeric_limits<double>::infinity();
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// Reads `{name="value",...}`; how many characters that were, nothing where it is malformed.
std::optional<size_t> ParseLabels(std::string_view text, Labels& labels) {
    size_t at = 1;
    while (at < text.size() && text[at] != '}') {
        const size_t equals = text.find('=', at);
        if (equals == std::string_view::npos || equals + 1 >= text.size()) return std::nullopt;
        std::string name(Trim(text.substr(at, equals - at)));
        at = equals + 1;
        if (text[at++] != '"') return std::nullopt;
        std::string value;
        for (; at < text.size() && text[at] != '"'; ++at) {
            if (text[at] == '\\' && at + 1 < text.size()) {
                ++at;
                value += text[at] == 'n' ? '\n' : text[at];
            } else {
                value += text[at];
            }
        }
        if (at >= text.size()) return std::nullopt;
        labels.insert_or_assign(std::move(name), std::move(value));
        ++at;
        if (at < text.size() && text[at] == ',') ++at;
    }
    if (at >= text.size()) return std::nullopt;
    return at + 1;
}

}  // namespace

Samples Samples::Parse(std::string_view text) {
    Samples samples;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        const std::string_view line = Trim(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty() || line.front() == '#') continue;

        const size_t name_end = line.find_first_of("{ \t");
        if (name_end == std::string_view::npos) continue;
        std::string_view rest = line.substr(name_end);
        Labels labels;
        if (rest.front() == '{') {
            const std::optional<size_t> size = ParseLabels(rest, labels);
            if (!size) continue;
            rest.remove_prefix(*size);
        }
        if (const std::optional<double> value = ParseValue(rest)) {
            samples.samples_[std::string(line.substr(0, name_end))][std::move(labels)] = *value;
        }
    }
    return samples;
}

const std::map<Labels, double>& Samples::Of(const std::string& name) const {
    static const std::map<Labels, double> kNone;
    const auto found = samples_.find(name);
    return found != samples_.end() ? found->second : kNone;
}

std::optional<double> Samples::Sum(const std::string& name) const {
    const auto& samples = Of(name);
    if (samples.empty()) return std::nullopt;
    double sum = 0;
    for (const auto& [labels, value] : samples) sum += value;
    return sum;
}

const std::string& LabelOf(const Labels& labels, const std::string& name) {
    static const std::string kEmpty;
    const auto found = labels.find(name);
    return found != labels.end() ? found->second : kEmpty;
}

}  // namespace mp::mpctl
