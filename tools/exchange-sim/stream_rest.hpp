#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "exchange-sim/source.hpp"

namespace mp::sim {

// What the requests of an exchange are answered from: the list of its instruments, and its
// generated market or (`feed` is null) a recording.
template <typename Instruments, typename Feed>
class StreamRest {
  protected:
    StreamRest(const Instruments& instruments, Source& source, const Feed* feed)
        : instruments_(instruments), source_(source), feed_(feed) {}

    // The generated market's symbol; nothing where there is none.
    std::optional<std::uint32_t> SymbolOf(std::string_view key) const {
        const std::uint32_t symbol = feed_ == nullptr ? 0 : feed_->IndexOf(key);
        if (feed_ == nullptr || symbol == feed_->size()) return std::nullopt;
        return symbol;
    }
    const Market::Symbol& StateOf(std::uint32_t symbol) const {
        return source_.market()->symbols()[symbol];
    }

    boost::asio::awaitable<std::optional<std::string>> Book(std::string key, std::size_t depth)
        const {
        if (feed_ == nullptr) co_return co_await source_.replay()->Snapshot(key, depth);
        const auto symbol = SymbolOf(key);
        if (!symbol) co_return std::nullopt;
        co_return feed_->Book(*symbol, depth);
    }

    const Instruments& instruments_;
    Source& source_;
    const Feed* const feed_;
};

}  // namespace mp::sim
