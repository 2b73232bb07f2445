#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mp::sim {

class WsSession;

// Who listens to which stream. Streams are numbered as they are first named and never forgotten.
// One thread; sessions leave with Drop() before they die.
class Hub {
  public:
    std::uint32_t StreamOf(std::string_view name);
    std::string_view Name(std::uint32_t stream) const { return streams_[stream].name; }

    // Whose the stream is, as the venue writes it; empty where it is nobody's or not known.
    void SetSymbol(std::uint32_t stream, std::string_view symbol) {
        if (streams_[stream].symbol.empty()) streams_[stream].symbol = symbol;
    }
    const std::string& Symbol(std::uint32_t stream) const { return streams_[stream].symbol; }

    // False where the session had, or had not, that subscription already.
    bool Subscribe(std::uint32_t stream, WsSession& session);
    bool Unsubscribe(std::uint32_t stream, WsSession& session);
    void Drop(WsSession& session);

    const std::vector<WsSession*>& Subscribers(std::uint32_t stream) const {
        return streams_[stream].subscribers;
    }
    bool HasSubscribers(std::uint32_t stream) const {
        return !streams_[stream].subscribers.empty();
    }

    void CountSent(std::uint32_t stream) { ++streams_[stream].sent; }
    std::uint64_t Sent(std::uint32_t stream) const { return streams_[stream].sent; }
    std::uint32_t size() const { return static_cast<std::uint32_t>(streams_.size()); }
    std::size_t subscriptions() const { return subscriptions_; }

    // Called after each change of a subscription.
    void OnChange(std::function<void()> callback) { on_change_.push_back(std::move(callback)); }

  private:
    struct Stream {
        std::string name;
        std::string symbol;
        std::vector<WsSession*> subscribers;
        std::uint64_t sent = 0;
    };

    void Changed();

    std::deque<Stream> streams_;  // names are referred to: they must not move
    std::unordered_map<std::string_view, std::uint32_t> by_name_;
    std::size_t subscriptions_ = 0;
    std::vector<std::function<void()>> on_change_;
};

}  // namespace mp::sim
