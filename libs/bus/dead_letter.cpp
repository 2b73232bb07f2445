#include "bus/dead_letter.hpp"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <algorithm>
#include <array>
#include <openssl/sha.h>
#include <string>
#include <utility>
#include <vector>

#include "bus/publisher.hpp"
#include "reliability/batcher.hpp"
#include "runtime/finally.hpp"
#include "runtime/with_deadline.hpp"

namespace mp::bus {
namespace {

constexpr std::chrono::seconds kAckTimeout{5};
constexpr std::chrono::seconds kEndTimeout{1};

std::string SubjectFor(std::string_view source) {
    std::string subject = "dead.";
    for (const char c : source) {
        const bool token =
            absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
        const bool dot = c == '.' && subject.back() != '.';
        subject += token || dot ? c : '_';
    }
    if (subject.back() == '.') subject += '_';
    return subject;
}

std::string Sha256(std::string_view bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// A header's value is one line.
std::string OneLine(std::string_view text) {
    std::string line(text.substr(0, 1024));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' '
    );
    return line;
}

bool CanWork(const Status& refused) {
    return absl::IsUnavailable(refused) || absl::IsDeadlineExceeded(refused) ||
           absl::IsNotFound(refused) || absl::IsResourceExhausted(refused);
}

struct Letter {
    std::string subject;
    std::string body;
    Headers headers;
};

}  // namespace

struct DeadLetters::Impl {
    Impl(Connection& connection_in, Config config_in, const Clock& clock_in)
        : connection(connection_in),
          config(config_in),
          clock(clock_in),
          tokens(config_in.burst),
          filled(clock_in.Steady()),
          batcher(
              {.max_delay = config_in.max_delay, .max_buffered = config_in.max_waiting},
              [this](const std::vector<Letter>& letters) { return Send(letters); }
          ) {}

    bool Allowed();
    Task<Status> Send(const std::vector<Letter>& letters);
    Task<> SendTheRest();

    Connection& connection;
    const Config config;
    const Clock& clock;
    double tokens;
    Nanos filled;
    Counters counters;
    size_t sent = 0;  // of the batch at hand
    reliability::Batcher<Letter> batcher;
};

bool DeadLetters::Impl::Allowed() {
    const Nanos now = clock.Steady();
    const double seconds = static_cast<double>(now - filled) / static_cast<double>(kSecond);
    tokens = std::min(config.burst, tokens + seconds * config.per_second);
    filled = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
}

// After an error it is called again with the same letters.
Task<Status> DeadLetters::Impl::Send(const std::vector<Letter>& letters) {
    for (; sent < letters.size(); ++sent) {
        const Letter& letter = letters[sent];
        const auto ack = co_await Publish(
            connection, letter.subject, letter.body, letter.headers, Deadline::After(kAckTimeout)
        );
        if (ack.ok()) {
            ++counters.stored;
        } else if (CanWork(ack.status())) {
            co_return ack.status();
        } else {
            ++counters.failed;
        }
    }
    sent = 0;
    co_return OkStatus();
}

Task<> DeadLetters::Impl::SendTheRest() {
    batcher.Close();
    (void)co_await runtime::WithDeadline(batcher.Run(), Deadline::After(kEndTimeout));
}

DeadLetters::DeadLetters(Connection& connection, Config config, const Clock& clock)
    : impl_(std::make_unique<Impl>(connection, config, clock)) {}

DeadLetters::~DeadLetters() = default;

void DeadLetters::Put(
    std::string_view source, std::string_view reason, std::string_view payload, const Headers& extra
) {
    Impl& impl = *impl_;
    if (!impl.Allowed()) {
        ++impl.counters.dropped;
        return;
    }
    const std::string digest = Sha256(payload);
    const std::string time = FormatTime(impl.clock.Now());
    Letter letter;
    letter.subject = SubjectFor(source);
    letter.body = payload.substr(0, kKeptBytes);
    letter.headers = {
        {"Mp-Source", OneLine(source)},
        {"Mp-Reason", OneLine(reason)},
        {"Mp-Size", std::to_string(payload.size())},
        {"Mp-Sha256", digest},
        {"Mp-Time", time},
        // An ack may have been lost on its way.
        {kMessageIdHeader, digest + time + std::to_string(impl.batcher.GetStats().added)}};
    letter.headers.insert(letter.headers.end(), extra.begin(), extra.end());
    impl.batcher.TryAdd(std::move(letter));
}

Task<Status> DeadLetters::Run() {
    co_await runtime::Finally(impl_->batcher.Run(), impl_->SendTheRest());
    co_return OkStatus();
}

DeadLetters::Counters DeadLetters::counters() const noexcept {
    Counters counters = impl_->counters;
    const reliability::BatcherStats stats = impl_->batcher.GetStats();
    counters.dropped += stats.refused;
    counters.waiting = stats.buffered;
    return counters;
}

}  // namespace mp::bus
