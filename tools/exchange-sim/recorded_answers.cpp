#include "exchange-sim/recorded_answers.hpp"

#include <algorithm>
#include <array>

namespace mp::sim {
namespace {

bool IsOfBooks(std::string_view target) {
    constexpr std::array<std::string_view, 4> kPaths{
        "/depth", "/market/books", "/market/orderbook", "/get_order_book"};
    const std::string_view path = target.substr(0, target.find('?'));
    return std::ranges::any_of(kPaths, [path](std::string_view end) {
        return path.ends_with(end);
    });
}

}  // namespace

void RecordedAnswers::Add(const CaptureLine& line) {
    const bool asked = line.url_or_stream.starts_with('/');
    if (line.transport != "rest" || line.direction != "in" || !asked) return;
    Track& track = tracks_[line.url_or_stream];
    track.of_books = IsOfBooks(line.url_or_stream);
    track.answers.push_back({line.raw, line.recv_ns});
}

const RecordedAnswers::Answer* RecordedAnswers::Next(std::string_view target) {
    const auto found = tracks_.find(target);
    if (found == tracks_.end() || found->second.of_books) return nullptr;
    Track& track = found->second;
    const std::size_t at = std::min(track.given++, track.answers.size() - 1);
    return &track.answers[at];
}

std::int64_t RecordedAnswers::ReceivedAt(std::string_view target, std::string_view body) const {
    const auto found = tracks_.find(target);
    if (found == tracks_.end()) return 0;
    const auto& answers = found->second.answers;
    const auto answer = std::ranges::find(answers, body, &Answer::body);
    return answer == answers.end() ? 0 : answer->recv_ns;
}

}  // namespace mp::sim
