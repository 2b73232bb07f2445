#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange-sim/book_window.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/json_writer.hpp"
#include "exchange-sim/market_writer.hpp"

namespace mp::sim {

// The feed of an exchange whose books begin in their streams: knows which
// stream has shown how much of which book, and sends what the exchange's folder
// writes.
class StreamFeed : public MarketWriter {
  public:
    void Snapshot(std::uint32_t stream, const Out& out) override;
    void RestartIds(std::uint32_t stream) override;

    // The market's symbol that the exchange calls so; size() where there is none.
    std::uint32_t IndexOf(std::string_view symbol) const;
    std::uint32_t size() const { return static_cast<std::uint32_t>(symbols_.size()); }

  protected:
    struct BookStream {
        std::uint32_t symbol = 0;
        std::uint32_t stream = 0;
        BookWindow window;
        std::int64_t time_ms = 0;  // of its latest message

        // A market that lags behind the clock does not turn the book's time back.
        std::int64_t Stamp(std::int64_t now_ms) { return time_ms = std::max(time_ms, now_ms); }
    };

    // `symbols`: what the exchange calls those of the market, in their order.
    StreamFeed(
        const Market& market, Hub& hub, std::vector<std::string> symbols, Wanted wanted, Out out
    );

    template <typename Instrument>
    static std::vector<std::string> KeysOf(const std::vector<Instrument>& instruments) {
        std::vector<std::string> keys;
        keys.reserve(instruments.size());
        for (const Instrument& instrument : instruments) keys.push_back(instrument.key());
        return keys;
    }

    // For constructors: a stream of the symbol, and one that carries its book, so
    // many levels a side (0: all).
    std::uint32_t AddStream(std::uint32_t symbol, std::string_view name);
    std::uint32_t AddBook(std::uint32_t symbol, std::string_view name, std::size_t depth);

    void OnDepth(const MarketEvent& event, const DepthChange& change) override;
    // Brings those who listen up to date.
    void PublishBook(BookStream& book, std::int64_t time_ms);
    virtual void WriteChange(
        const BookStream& book, const BookWindow::Step& step, std::int64_t time_ms
    ) = 0;
    virtual void WriteBook(const BookStream& book, std::int64_t time_ms, const Out& out) = 0;
    // Goes on from the book as it is now, since nobody listened.
    virtual void Skip(BookStream& book) { book.window.Reset(market(book.symbol).book); }

    // A message is what is written to json() between the two.
    void Begin(std::uint32_t symbol, std::uint32_t stream, FrameKind kind);
    void Send(std::string_view identity) { Send(out_, identity); }
    void Send(const Out& out, std::string_view identity);
    JsonWriter& json() { return json_; }
    std::string_view stream_name() const { return frame_.stream_name; }

    bool wanted(std::uint32_t stream) const { return wanted_(stream); }
    const Out& out() const { return out_; }
    const Market::Symbol& market(std::uint32_t symbol) const { return market_.symbols()[symbol]; }
    // In the order in which they were added.
    std::vector<BookStream>& books(std::uint32_t symbol) { return books_[symbol]; }
    const std::vector<BookStream>& books(std::uint32_t symbol) const { return books_[symbol]; }

    // A side of a book or of its change: write(json, price, quantity, level) for
    // each level.
    template <typename Level, typename Write>
    static void WriteSide(
        JsonWriter& json,
        std::string_view name,
        const Market::Symbol& state,
        const std::vector<Level>& side,
        Write&& write
    ) {
        json.Key(name).Open('[');
        for (const Level& level : side) {
            const auto& [price, quantity] = LevelOf(level);
            write(json, state.price(price), state.quantity(quantity), level);
        }
        json.Close(']');
    }

  private:
    static const BookLevel& LevelOf(const BookLevel& level) { return level; }
    static BookLevel LevelOf(const BookWindow::Change& change) {
        return {change.price, change.quantity};
    }
    BookStream* FindBook(std::uint32_t stream);

    const Market& market_;
    Hub& hub_;
    const std::vector<std::string> symbols_;
    const Wanted wanted_;
    const Out out_;
    std::vector<std::vector<BookStream>> books_;                            // by symbol
    std::map<std::uint32_t, std::pair<std::uint32_t, std::size_t>> where_;  // stream: symbol, which
    BookWindow::Step step_;
    JsonWriter json_;
    Frame frame_;
};

}  // namespace mp::sim
