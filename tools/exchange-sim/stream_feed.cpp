#include "exchange-sim/stream_feed.hpp"

#include <algorithm>

#include "exchange-sim/wall_clock.hpp"

namespace mp::sim {

StreamFeed::StreamFeed(
    const Market& market, Hub& hub, std::vector<std::string> symbols, Wanted wanted, Out out
)
    : market_(market),
      hub_(hub),
      symbols_(std::move(symbols)),
      wanted_(std::move(wanted)),
      out_(std::move(out)),
      books_(symbols_.size()) {}

std::uint32_t StreamFeed::IndexOf(std::string_view symbol) const {
    return static_cast<std::uint32_t>(std::ranges::find(symbols_, symbol) - symbols_.begin());
}

std::uint32_t StreamFeed::AddStream(std::uint32_t symbol, std::string_view name) {
    const std::uint32_t stream = hub_.StreamOf(name);
    hub_.SetSymbol(stream, symbols_[symbol]);
    return stream;
}

std::uint32_t StreamFeed::AddBook(std::uint32_t symbol, std::string_view name, std::size_t depth) {
    const std::uint32_t stream = AddStream(symbol, name);
    std::vector<BookStream>& books = books_[symbol];
    where_[stream] = {symbol, books.size()};
    books.push_back({symbol, stream, BookWindow(depth), 0});
    books.back().window.Reset(market(symbol).book);
    return stream;
}

StreamFeed::BookStream* StreamFeed::FindBook(std::uint32_t stream) {
    const auto known = where_.find(stream);
    return known == where_.end() ? nullptr : &books_[known->second.first][known->second.second];
}

void StreamFeed::OnDepth(const MarketEvent& event, const DepthChange& change) {
    if (!change.fast) return;
    for (BookStream& book : books_[event.symbol]) PublishBook(book, event.time_ms);
}

void StreamFeed::PublishBook(BookStream& book, std::int64_t time_ms) {
    if (!wanted_(book.stream) || !book.window.Advance(market(book.symbol).book, step_)) return;
    WriteChange(book, step_, book.Stamp(time_ms));
}

void StreamFeed::Snapshot(std::uint32_t stream, const Out& out) {
    BookStream* const book = FindBook(stream);
    if (book == nullptr) return;
    if (wanted_(stream)) {
        PublishBook(*book, WallMillis());
    } else {
        Skip(*book);
    }
    WriteBook(*book, book->Stamp(WallMillis()), out);
}

void StreamFeed::RestartIds(std::uint32_t stream) {
    if (BookStream* const book = FindBook(stream)) book->window.RestartIds();
}

void StreamFeed::Begin(std::uint32_t symbol, std::uint32_t stream, FrameKind kind) {
    frame_ = {};
    frame_.stream = stream;
    frame_.kind = kind;
    frame_.stream_name = hub_.Name(stream);
    frame_.symbol = symbols_[symbol];
    json_.Clear();
}

void StreamFeed::Send(const Out& out, std::string_view identity) {
    frame_.wrapped = json_.text();
    frame_.payload_size = static_cast<std::uint32_t>(json_.text().size());
    frame_.identity = identity;
    out(frame_);
}

}  // namespace mp::sim
