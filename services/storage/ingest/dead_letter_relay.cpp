#include "storage/ingest/dead_letter_relay.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace mp::storage {

DeadLetterRelay::DeadLetterRelay(Executor executor, bus::DeadLetters& letters)
    : executor_(std::move(executor)), state_(std::make_shared<State>()) {
    state_->letters = &letters;
}

DeadLetterRelay::~DeadLetterRelay() {
    state_->letters = nullptr;
}

void DeadLetterRelay::Put(std::string reason, std::string_view payload, std::string_view subject) {
    if (state_->waiting.fetch_add(1) >= kMaxWaiting) {
        state_->waiting.fetch_sub(1);
        state_->dropped.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    asio::post(
        executor_,
        [state = state_,
         why = std::move(reason),
         bytes = std::string(payload),
         from = std::string(subject)] {
            state->waiting.fetch_sub(1);
            if (state->letters == nullptr) return;
            state->letters->Put("storage", why, bytes, {{"Mp-Subject", from}});
        }
    );
}

}  // namespace mp::storage
